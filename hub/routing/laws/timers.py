"""Timers that should have fired: each is looked for as the timekeeper finds what is due, only later
(routing.md 3.12). One statement a timer, over the index of what is due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, select

from hub.contacts.tables import contacts
from hub.routing.settings import RoutingSettings
from hub.routing.tables import JUST_LOST, agent_channels, agents, assignments, offers, queues
from hub.routing.turns import DIALLING
from hub.storage import Tx

from .model import Breach, Law

LATE = timedelta(seconds=60)
"""The timekeeper comes by twice a second, and takes two hundred of a kind each time."""

_MOST = 20  # of a kind in one look


class Timer(NamedTuple):
    """What waits for a time. `is_absence`: it is due `presence.lost_s` after the time there."""

    name: str
    subject: ColumnElement[Any]
    at: ColumnElement[Any]
    where: Sequence[ColumnElement[bool]]
    is_absence: bool = False


def _is(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """In the words of the index."""
    return column == literal_column(f"'{word}'")


TIMERS = (
    Timer("offer", offers.c.contact_id, offers.c.expires_at, [_is(offers.c.state, "pending")]),
    Timer(
        "connect",
        assignments.c.contact_id,
        assignments.c.connect_by,
        [
            assignments.c.ended_at.is_(None),
            contacts.c.id == assignments.c.contact_id,
            _is(contacts.c.state, "connecting"),
            ~DIALLING,
        ],
    ),
    Timer("skill_step", contacts.c.id, contacts.c.step_until, [_is(contacts.c.state, "queued")]),
    Timer("wrap_up", contacts.c.id, contacts.c.wrap_until, [_is(contacts.c.state, "wrap_up")]),
    Timer("parked", contacts.c.id, contacts.c.parked_until, [_is(contacts.c.state, "parked")]),
    Timer(
        "presence",
        agents.c.id,
        agents.c.present_until,
        [agents.c.state != literal_column("'offline'")],
        is_absence=True,
    ),
    Timer(
        "unreached",
        agent_channels.c.agent_id,
        agent_channels.c.lost_at,
        [JUST_LOST],  # type: ignore[list-item]  # a text, as its index has it
        is_absence=True,
    ),
    Timer("queue_state", queues.c.id, queues.c.state_until, [queues.c.state_until.is_not(None)]),
)


def late_timers(tx: Tx, settings: RoutingSettings, known: Collection[str]) -> Iterator[Breach]:
    """Yield what has been due for longer than LATE: of each kind the oldest, and those of the
    subjects that are `known` to be late.
    """
    for timer in TIMERS:
        slack = LATE + timedelta(seconds=settings.lost_s if timer.is_absence else 0)
        late = select(timer.subject.label("subject"), timer.at.label("at")).where(
            *timer.where, timer.at <= tx.now - slack
        )
        oldest = tx.execute(late.order_by(timer.at).limit(_MOST)).all()
        found = {row.subject: row.at for row in oldest}
        if known and len(oldest) == _MOST:
            found |= {
                row.subject: row.at for row in tx.execute(late.where(timer.subject.in_(known)))
            }
        for subject, at in found.items():
            facts = {"timer": timer.name, "due_at": at.isoformat()}
            yield Breach(Law.TIMERS, subject, facts)
