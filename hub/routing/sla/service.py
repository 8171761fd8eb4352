"""Use cases of SLA policies: deadlines follow their contacts, and the timekeeper takes their steps.

`follow_contacts` is the one place where deadlines begin, stand, go on and end. It is called, in the
same transaction and with the contacts locked, wherever something happened that they go by: a
message, an answer, a wait for the customer, another queue, the end. It compares what is due by the
contact with what runs, so calling it once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from hub.contacts import service as contact_service
from hub.contacts.model import OPEN
from hub.contacts.tables import contacts, conversations
from hub.core.ids import new_id
from hub.hours import ALWAYS_OPEN, Calendar
from hub.routing.settings import RoutingSettings, calendars_of, load_settings
from hub.storage import LIMIT, NOW, Look, Tx

from .model import (
    Beginning,
    Deadline,
    Terms,
    fired,
    follow,
    looked_at,
    newest,
    reading_us,
    since_of,
    terms_of,
)
from .policies import DeadlineKind, SlaPolicy, Step
from .promised import PROMISE, as_it_runs, as_it_stood, by_promise
from .rows import (
    Followed,
    deadline_of,
    find_followed,
    find_resolutions,
    insert_deadlines,
    update_deadlines,
)
from .tables import deadlines


@dataclass(frozen=True, slots=True)
class _Rules:
    """The set-up as deadlines go by it."""

    settings: RoutingSettings
    policies: Mapping[str, SlaPolicy]
    calendars: Mapping[str, Calendar]
    _known: dict[tuple[str | None, str, DeadlineKind], Terms] = field(default_factory=dict)

    @classmethod
    def load(cls, tx: Tx) -> _Rules:
        settings = load_settings(tx)
        policies = {policy.key: policy for policy in (*settings.sla_policies, PROMISE)}
        return cls(settings, policies, calendars_of(settings))

    def calendar(self, calendar_id: str) -> Calendar:
        return self.calendars.get(calendar_id, ALWAYS_OPEN)

    def terms(self, policy_id: str | None, queue_id: str, kind: DeadlineKind) -> Terms:
        found = self._known.get((policy_id, queue_id, kind))
        if found is None:
            queue = self.settings.queues.get(queue_id)
            policy = self.policies.get(policy_id or "")
            found = terms_of(policy, kind, queue.calendar_id if queue else "", self.calendars)
            self._known[policy_id, queue_id, kind] = found
        return found

    def first_reply(
        self, one: Followed, begins_at: datetime | None, now: datetime
    ) -> tuple[Terms, Deadline | None]:
        """Return the terms of a first reply, which may have been promised for a time, and the
        deadline that goes on by them.
        """
        contact, kind = one.contact, DeadlineKind.FIRST_REPLY
        terms = self.terms(contact.sla_policy_id, contact.queue_id, kind)
        since, before = since_of(one.facts, kind), one.deadlines.get(kind)
        if contact.promised_at is None or since is None:
            return terms, before
        policy = self.policies.get(contact.sla_policy_id or "", PROMISE)
        hours = self._hours(contact, policy)
        parked = one.facts.parked
        if before is None:
            used_us = reading_us(hours[1], now) - reading_us(hours[1], begins_at or since)
        else:
            calendar = self.calendar(before.calendar_id)
            before = as_it_stood(before, calendar, terms, now, parked=parked)
            used_us = before.clock.used_at(calendar, now)
        promised_at = contact.promised_at
        found = by_promise(
            terms, policy, hours, promised_at, used_us=used_us, now=now, parked=parked
        )
        return found, before

    def _hours(self, contact: Row[Any], policy: SlaPolicy) -> tuple[str, Calendar]:
        queue = self.settings.queues.get(contact.queue_id)
        channel = self.settings.channels.get(contact.channel)
        own = queue.calendar_id if queue and channel and channel.business_time else ""
        of_policy = policy.calendar_id or (queue.calendar_id if queue else "")
        calendar_id = own if policy is PROMISE else of_policy
        return calendar_id, self.calendar(calendar_id)


def follow_contacts(
    tx: Tx, contact_ids: Collection[str], begins_at: datetime | None = None
) -> None:
    """Bring the deadlines of these contacts into line with what has just happened to them.

    At most five statements whatever their number, one where nothing is due. `begins_at`: since
    when a deadline that is new runs; None: since what it counts from (the oldest unanswered
    message, the opening).
    """
    followed = find_followed(tx, contact_ids) if contact_ids else []
    if not followed:
        return
    rules = _Rules.load(tx)
    earlier = _earlier(tx, rules, followed)
    before = {old.id: old for old in earlier.values()}
    after: list[Deadline] = []
    for one in followed:
        before |= {old.id: old for old in one.deadlines.values()}
        for kind in DeadlineKind:
            deadline = _followed(tx, rules, one, kind, earlier, begins_at)
            if deadline is not None and deadline != before.get(deadline.id):
                after.append(deadline)
    insert_deadlines(tx, [deadline for deadline in after if deadline.id not in before])
    update_deadlines(tx, [deadline for deadline in after if deadline.id in before])


def _followed(
    tx: Tx,
    rules: _Rules,
    one: Followed,
    kind: DeadlineKind,
    earlier: Mapping[str, Deadline],
    begins_at: datetime | None,
) -> Deadline | None:
    contact = one.contact
    before = one.deadlines.get(kind)
    if before is None and kind is DeadlineKind.RESOLUTION:
        before = earlier.get(contact.conversation_id)
    if kind is DeadlineKind.FIRST_REPLY:
        terms, before = rules.first_reply(one, begins_at, tx.now)
    else:
        terms = rules.terms(contact.sla_policy_id, contact.queue_id, kind)
    return follow(
        before,
        one.facts,
        terms,
        rules.calendar(before.calendar_id if before else ""),
        tx.now,
        Beginning(
            new_id() if before is None else before.id,
            contact.id,
            contact.conversation_id,
            begins_at,
        ),
        kind,
    )


def _earlier(tx: Tx, rules: _Rules, followed: Sequence[Followed]) -> dict[str, Deadline]:
    """Return, by conversation, the resolution that a contact which begins one goes on with."""
    windows: dict[str, float] = {}
    for one in followed:
        policy = rules.policies.get(one.contact.sla_policy_id or "")
        kind = DeadlineKind.RESOLUTION
        begins = kind not in one.deadlines and since_of(one.facts, kind) is not None
        if begins and policy and policy.reopen_s and kind in policy.target_s:
            windows[one.contact.conversation_id] = policy.reopen_s
    if not windows:
        return {}
    by_conversation: dict[str, list[Deadline]] = {}
    for deadline in find_resolutions(tx, windows):
        window = timedelta(seconds=windows[deadline.conversation_id])
        counts = deadline.met_at is not None and tx.now - deadline.met_at <= window
        if counts:
            by_conversation.setdefault(deadline.conversation_id, []).append(deadline)
    found = {key: newest(ones) for key, ones in by_conversation.items()}
    return {key: one for key, one in found.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Reached:
    """Steps a deadline has just reached. `contact`: its row, locked."""

    deadline: Deadline
    contact: Row[Any]
    policy: SlaPolicy
    steps: tuple[Step, ...]


_STEPS = Look(
    select(deadlines.c.contact_id, deadlines.c.conversation_id)
    .where(deadlines.c.look_at <= NOW)
    .order_by(deadlines.c.look_at)
    .limit(LIMIT)
)


def reach_steps(tx: Tx, now: datetime, limit: int) -> list[Reached]:
    """Take the steps of deadlines that are due, each exactly once; return them.

    Locks the conversations and contacts they belong to, in this order. What was looked at too early
    (the rules changed) gets its new moments and is not returned.
    """
    ids = _STEPS(tx, now, limit)
    if not ids:
        return []
    tx.execute(
        select(conversations.c.id)
        .where(conversations.c.id.in_(sorted({row.conversation_id for row in ids})))
        .order_by(conversations.c.id)
        .with_for_update()
    )
    locked = contact_service.lock_contacts(tx, [row.contact_id for row in ids])
    rows = tx.execute(
        select(deadlines)
        .where(deadlines.c.contact_id.in_(sorted(locked)), deadlines.c.look_at <= now)
        .order_by(deadlines.c.look_at, deadlines.c.id)
    ).all()
    return _reach(tx, _Rules.load(tx), [deadline_of(row) for row in rows], locked, now)


def _reach(
    tx: Tx,
    rules: _Rules,
    due: Sequence[Deadline],
    locked: Mapping[str, Row[Any]],
    now: datetime,
) -> list[Reached]:
    reached: list[Reached] = []
    changed: list[Deadline] = []
    for deadline in due:
        contact = locked[deadline.contact_id]
        terms = rules.terms(deadline.policy_id, contact.queue_id, deadline.kind)
        calendar = rules.calendar(deadline.calendar_id)  # its contact may be stale, then it stays
        terms = replace(terms, calendar_id=deadline.calendar_id, calendar=calendar)
        policy = rules.policies.get(deadline.policy_id)
        promised = deadline.kind is DeadlineKind.FIRST_REPLY and contact.promised_at is not None
        if promised and policy is not None:
            terms = as_it_runs(deadline, policy, calendar)
        if policy is None or not terms.steps:  # the policy was withdrawn: its contact is stale
            changed.append(looked_at(deadline, terms, now))
            continue
        result = fired(deadline, terms, now)
        changed.append(result.deadline)
        if result.steps:
            reached.append(Reached(result.deadline, contact, policy, result.steps))
    update_deadlines(tx, changed)
    _show(tx, [one.contact.id for one in reached])
    return reached


def _show(tx: Tx, contact_ids: Collection[str]) -> None:
    """Let consoles see these contacts anew."""
    if not contact_ids:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id.in_(sorted(set(contact_ids))))
        .values(version=contacts.c.version + 1)
    )
    for contact_id in sorted(set(contact_ids)):
        tx.hint("contact.changed", contact_id)


def keep_used_time(tx: Tx, before: RoutingSettings, after: RoutingSettings) -> None:
    """The set-up has changed: deadlines keep what they have used, and open contacts are looked at.

    One statement for each calendar that changed and one for the contacts; the timekeeper brings
    their deadlines under the new rules in portions (`fire_due_stale`).
    """
    calendars = {key: calendars_of(one) for key, one in (("old", before), ("new", after))}
    for key in sorted({*calendars["old"], *calendars["new"]}):
        old = calendars["old"].get(key, ALWAYS_OPEN)
        new = calendars["new"].get(key, ALWAYS_OPEN)
        if old == new:
            continue
        shift = reading_us(new, tx.now) - reading_us(old, tx.now)
        tx.execute(
            update(deadlines)
            .where(deadlines.c.calendar_id == key, deadlines.c.start_us.is_not(None))
            .where(deadlines.c.ended_at.is_(None))
            .values(start_us=deadlines.c.start_us + bindparam("b_shift", shift))
        )
    if _asked(before) == _asked(after):
        return
    stale = update(contacts).where(contacts.c.state.in_(sorted(OPEN)))
    if not before.sla_policies and not after.sla_policies:
        stale = stale.where(contacts.c.promised_at.is_not(None), contacts.c.answered_at.is_(None))
    tx.execute(stale.values(sla_stale_at=tx.now))


def _asked(settings: RoutingSettings) -> object:
    """What deadlines depend on."""
    hours = {key: queue.calendar_id for key, queue in settings.queues.items()}
    business = {key: channel.business_time for key, channel in settings.channels.items()}
    return settings.sla_policies, settings.calendars, hours, business


_STALE = Look(
    select(contacts.c.id)
    .where(contacts.c.sla_stale_at <= NOW)
    .order_by(contacts.c.sla_stale_at)
    .limit(LIMIT)
)


def fire_due_stale(tx: Tx, now: datetime, limit: int) -> int:
    """Give contacts the policy that applies to them by now, and bring their deadlines under it.

    A deadline that a contact did not have before runs from now on: nothing breaks in the moment in
    which a policy is written. What is over keeps the policy it was under.
    """
    ids = _STALE.ids(tx, now, limit)
    if not ids:
        return 0
    settings = load_settings(tx)
    rows = contact_service.lock_contacts(tx, ids)
    tx.execute(update(contacts).where(contacts.c.id.in_(ids)).values(sla_stale_at=None))
    policies = {
        row.id: settings.sla_policy(row.queue_id, row.tier, row.channel)
        for row in rows.values()
        if row.state in OPEN
    }
    if not policies:
        return len(rows)
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(sla_policy_id=bindparam("b_policy"), version=contacts.c.version + 1),
        [
            {"b_id": id_, "b_policy": None if policy is None else policy.key}
            for id_, policy in sorted(policies.items())
        ],
    )
    follow_contacts(tx, sorted(policies), begins_at=now)
    for contact_id in policies:
        tx.hint("contact.changed", contact_id)
    return len(rows)
