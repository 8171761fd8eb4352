"""Deadlines as consoles show them: on rows, in a contact's detail, and the share met today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Row, func, select

from hub.contacts.tables import contacts
from hub.hours import ALWAYS_OPEN, is_open
from hub.routing.intervals import start_of_day
from hub.routing.settings import RoutingSettings, calendar_of, load_settings
from hub.routing.sla.model import SlaClock
from hub.routing.sla.policies import (
    MICROS,
    DeadlineKind,
    SlaPolicy,
    StepName,
    steps_of,
)
from hub.routing.sla.promised import PROMISE
from hub.routing.sla.rows import has_deadlines
from hub.routing.sla.tables import deadlines
from hub.storage import Store, Tx
from hub.storage.bulk import Statement, read_time
from hub.web import Access, Page, Principal, View, route

from .due import DeadlineView
from .readers import Reader, visible_queues

_OPEN = Statement("""
SELECT d.contact_id, d.kind, d.policy_id, d.calendar_id, d.target_us, d.used_us, d.start_us,
       d.due_at, d.breached_at
FROM {rows} JOIN sla_deadlines d ON d.contact_id = {text 0} AND d.ended_at IS NULL
""")


def open_deadlines(
    tx: Tx, shown: Iterable[tuple[Reader, Row[Any]]]
) -> dict[tuple[str, str], list[DeadlineView]]:
    """Return, by (user, contact), what is due, the most pressing first.

    `shown`: rows of contacts and who reads them. One statement, none where no row has a policy or a
    promised time.
    """
    asked = [(reader, row) for reader, row in shown if has_deadlines(row)]
    if not asked:
        return {}
    by_contact: dict[str, list[Any]] = {}
    for found in _OPEN(tx, [[id_] for id_ in sorted({row.id for _, row in asked})]):
        by_contact.setdefault(found.contact_id, []).append(found)
    views = {}
    for reader, row in asked:
        ones = [_view(reader, found) for found in by_contact.get(row.id, [])]
        views[reader.principal.user_id, row.id] = sorted(ones, key=_pressing)
    return views


def _pressing(view: DeadlineView) -> tuple[bool, float]:
    return view.paused, view.target_s - view.used_s


def _view(reader: Reader, found: Any) -> DeadlineView:
    spec = reader.settings.calendars.get(found.calendar_id)
    calendar = ALWAYS_OPEN if spec is None else calendar_of(spec)
    clock = SlaClock(found.used_us, found.start_us)
    policy = _policies(reader.settings).get(found.policy_id)
    return DeadlineView(
        kind=found.kind,
        zh=policy.zh if policy else "",
        en=policy.en if policy else "",
        at=reader.now,
        target_s=round(found.target_us / MICROS),
        warn_s=_warn_s(policy, found.kind, found.target_us),
        used_s=round(clock.used_at(calendar, reader.now) / MICROS, 3),
        running=clock.runs and is_open(calendar, reader.now),
        paused=not clock.runs,
        due_at=read_time(found.due_at),
        breached_at=read_time(found.breached_at),
    )


def _warn_s(policy: SlaPolicy | None, kind: str, target_us: int) -> float:
    steps = steps_of(policy, DeadlineKind(kind), target_us) if policy else ()
    warnings = [step.at_us for step in steps if step.name is StepName.WARNING]
    return round((warnings[0] if warnings else target_us) / MICROS, 3)


def _policies(settings: RoutingSettings) -> dict[str, SlaPolicy]:
    return {policy.key: policy for policy in (*settings.sla_policies, PROMISE)}


class PolicyToday(View, frozen=True):
    """One deadline of one policy, today in the set-up's zone.

    `share`: met ÷ (met + breached); None: nothing was decided. `open` are not breached, `warned` of
    them past their warning. What the customer gave up and what needed no answer is in none.
    """

    policy_id: str
    zh: str
    en: str
    kind: DeadlineKind
    target_s: int | None
    met: int
    breached: int
    open: int
    warned: int
    share: float | None


class SlaRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route("GET", "/api/v1/board/sla", access=Access.SUPERVISOR, summary="SLA policies today")
    async def today(self, principal: Principal) -> Page[PolicyToday]:
        return Page(items=await self._store.read(sla_today, principal))


def sla_today(tx: Tx, principal: Principal) -> list[PolicyToday]:
    """Return the policies' figures of today for the queues the reader sees; two statements.

    In the order of the set-up; policies that are no more come last, under their keys.
    """
    settings = load_settings(tx)
    since = start_of_day(settings, tx.now).astimezone(UTC)
    queues = visible_queues(tx, principal)
    decided = _counts(tx, queues, deadlines.c.decided_at >= since, deadlines.c.breached_at)
    running = _counts(
        tx,
        queues,
        deadlines.c.ended_at.is_(None) & deadlines.c.breached_at.is_(None),
        deadlines.c.warned_at,
    )
    known = [(policy.key, kind) for policy in settings.sla_policies for kind in policy.target_s]
    gone = sorted({key for key in [*decided, *running] if key not in known})
    policies = _policies(settings)
    return [
        _today(policies.get(policy_id), policy_id, kind, decided, running)
        for policy_id, kind in [*known, *gone]
    ]


_Counts = dict[tuple[str, DeadlineKind], tuple[int, int]]


def _counts(tx: Tx, queues: frozenset[str] | None, which: Any, marked: Any) -> _Counts:
    """Return by policy and deadline: how many have `marked` not set, and how many have it."""
    found = select(deadlines.c.policy_id, deadlines.c.kind, func.count(), func.count(marked)).where(
        which
    )
    if queues is not None:
        found = found.join(contacts, contacts.c.id == deadlines.c.contact_id).where(
            contacts.c.queue_id.in_(sorted(queues))
        )
    rows: Sequence[Any] = tx.execute(found.group_by(deadlines.c.policy_id, deadlines.c.kind)).all()
    return {(row[0], DeadlineKind(row[1])): (row[2] - row[3], row[3]) for row in rows}


def _today(
    policy: SlaPolicy | None, policy_id: str, kind: DeadlineKind, decided: _Counts, running: _Counts
) -> PolicyToday:
    met, breached = decided.get((policy_id, kind), (0, 0))
    calm, warned = running.get((policy_id, kind), (0, 0))
    return PolicyToday(
        policy_id=policy_id,
        zh=policy.zh if policy else policy_id,
        en=policy.en if policy else policy_id,
        kind=kind,
        target_s=policy.target_s.get(kind) if policy else None,
        met=met,
        breached=breached,
        open=calm + warned,
        warned=warned,
        share=round(met / (met + breached), 4) if met + breached else None,
    )
