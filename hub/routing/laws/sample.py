"""A few contacts and agents of the many, and what the rows of this moment say of them.

Found by ranges of an index behind a cursor and then by their ids, so that a look costs the same
however many there are. Everything is read in one snapshot (`Store.read_at_once`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, literal_column, select, text

from hub.contacts.model import is_dialling
from hub.contacts.tables import contacts, segments
from hub.routing.tables import agent_channels, agent_intervals, agents, assignments, offers
from hub.storage import Tx

from .model import AgentFacts, ContactFacts, Cursors, Taken

OPEN_CONTACTS = 100  # a look, of all that are not closed
WAITING_CONTACTS = 50  # … and of those who wait, in the order of the line
AGENTS = 200

# In the words of their indexes, which SQLite does not know again by a parameter.
_PLACE = "calendar_id, target_s, virtual_start_us, id"
_PENDING = offers.c.state == literal_column("'pending'")


class Sample(NamedTuple):
    """Whom a look is about. `waiting`: those of `contact_ids` that stood in the line."""

    contact_ids: frozenset[str]
    waiting: frozenset[str]
    agent_ids: frozenset[str]


def next_sample(tx: Tx, behind: Cursors) -> tuple[Sample, Cursors]:
    """Return those whose turn it is to be looked at, and behind whom the next look goes on; from
    the beginning again where the last was reached. Three statements.
    """
    open_ids = _open_behind(tx, behind.contact)
    line = _line_behind(tx, behind.waiting)
    agent_ids = _agents_behind(tx, behind.agent)
    waiting = frozenset(place[3] for place in line)
    after = Cursors(
        contact=open_ids[-1] if len(open_ids) == OPEN_CONTACTS else "",
        waiting=line[-1] if len(line) == WAITING_CONTACTS else None,
        agent=agent_ids[-1] if len(agent_ids) == AGENTS else "",
    )
    return Sample(waiting.union(open_ids), waiting, frozenset(agent_ids)), after


def _open_behind(tx: Tx, contact_id: str) -> list[str]:
    """Whoever is open has a running segment: there are as many as contacts that go on."""
    running = segments.c.ended_at.is_(None)
    found = select(segments.c.contact_id).where(running, segments.c.contact_id > contact_id)
    rows = tx.execute(found.order_by(segments.c.contact_id).limit(OPEN_CONTACTS))
    return list(rows.scalars())


def _line_behind(
    tx: Tx, place: tuple[str, int, int, str] | None
) -> list[tuple[str, int, int, str]]:
    # By itself SQLite takes the index of all states, and sorts all who wait.
    index = "INDEXED BY ix_contacts_waiting" if tx.dialect == "sqlite" else ""
    behind = "" if place is None else f"AND ({_PLACE}) > (:calendar, :target, :start, :id)"
    found = text(
        f"SELECT {_PLACE} FROM contacts {index} WHERE state = 'queued' {behind}"  # noqa: S608 - our own words
        f" ORDER BY {_PLACE} LIMIT {WAITING_CONTACTS}"
    )
    names = ("calendar", "target", "start", "id")
    rows = tx.execute(found, dict(zip(names, place or (), strict=False)))
    return [(row.calendar_id, row.target_s, row.virtual_start_us, row.id) for row in rows]


def _agents_behind(tx: Tx, agent_id: str) -> list[str]:
    found = select(agents.c.id).where(agents.c.id > agent_id)
    return list(tx.execute(found.order_by(agents.c.id).limit(AGENTS)).scalars())


def read_contacts(tx: Tx, contact_ids: Collection[str]) -> list[ContactFacts]:
    """Return what rows say of these contacts; of one that is erased, nothing. Four statements."""
    if not contact_ids:
        return []
    found = select(
        contacts.c.id,
        contacts.c.state,
        contacts.c.direction,
        contacts.c.answered_at,
        contacts.c.agent_id,
    )
    rows = tx.execute(found.where(contacts.c.id.in_(contact_ids))).all()
    offered = _by_contact(tx, offers.c.contact_id, offers.c.agent_id, _PENDING, contact_ids)
    held = _by_contact(
        tx,
        assignments.c.contact_id,
        assignments.c.agent_id,
        assignments.c.ended_at.is_(None),
        contact_ids,
    )
    running = _by_contact(
        tx,
        segments.c.contact_id,
        segments.c.kind,
        segments.c.ended_at.is_(None),
        contact_ids,
    )
    return [
        ContactFacts(
            row.id,
            row.state,
            is_dialling(row.direction, row.answered_at),
            row.agent_id,
            tuple(offered[row.id]),
            tuple(held[row.id]),
            tuple(running[row.id]),
        )
        for row in rows
    ]


def _by_contact(
    tx: Tx,
    of: Column[str],
    what: Column[str],
    where: ColumnElement[bool],
    contact_ids: Collection[str],
) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = select(of.label("contact_id"), what.label("what")).where(of.in_(contact_ids), where)
    for row in tx.execute(rows):
        found[row.contact_id].append(row.what)
    return found


class Hands(NamedTuple):
    """What agents hold: what counts in their loads, and the contacts of all of it."""

    taken: Mapping[str, tuple[Taken, ...]]
    contact_ids: frozenset[str]


def read_hands(tx: Tx, agent_ids: Collection[str]) -> Hands:
    """Return what is offered to these agents and in their hands. Two statements."""
    if not agent_ids:
        return Hands({}, frozenset())
    offered = select(offers.c.contact_id, offers.c.agent_id, offers.c.channel, offers.c.cost)
    held = select(
        assignments.c.contact_id,
        assignments.c.agent_id,
        assignments.c.channel,
        assignments.c.cost,
        assignments.c.aside,
    )
    is_open = assignments.c.ended_at.is_(None)
    rows = [
        *tx.execute(offered.where(offers.c.agent_id.in_(agent_ids), _PENDING)),
        *tx.execute(held.where(assignments.c.agent_id.in_(agent_ids), is_open)),
    ]
    taken: defaultdict[str, list[Taken]] = defaultdict(list)
    for row in rows:
        if not getattr(row, "aside", False):
            taken[row.agent_id].append(Taken(row.agent_id, row.channel, row.cost))
    return Hands(
        {agent_id: tuple(ones) for agent_id, ones in taken.items()},
        frozenset(row.contact_id for row in rows),
    )


def read_agents(tx: Tx, agent_ids: Collection[str], hands: Hands) -> Iterable[AgentFacts]:
    """Yield what rows say of these agents, who have `hands`. Three statements."""
    if not agent_ids:
        return
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    channels = select(agent_channels.c.agent_id, agent_channels.c.channel, agent_channels.c.open)
    for row in tx.execute(channels.where(agent_channels.c.agent_id.in_(agent_ids))):
        counted[row.agent_id][row.channel] = row.open
    running: defaultdict[str, list[str]] = defaultdict(list)
    intervals = select(agent_intervals.c.agent_id, agent_intervals.c.state)
    goes_on = agent_intervals.c.ended_at.is_(None)
    for row in tx.execute(intervals.where(agent_intervals.c.agent_id.in_(agent_ids), goes_on)):
        running[row.agent_id].append(row.state)
    for row in tx.execute(select(agents).where(agents.c.id.in_(agent_ids))):
        yield AgentFacts(
            row.id,
            row.state,
            row.capacity,
            row.live_load,
            row.deferred_load,
            counted[row.id],
            tuple(running[row.id]),
            hands.taken.get(row.id, ()),
        )
