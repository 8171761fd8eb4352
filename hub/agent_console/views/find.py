"""What a view shows: its filter becomes ranges and conditions, read in its order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, exists, select

from hub.agent_console.lists import ByPlace, ByTime, ByUrgency, ContactFilter, find_contacts
from hub.agent_console.readers import Reader
from hub.contacts.access import Sight
from hub.contacts.model import WAITING, ContactState
from hub.contacts.tables import attachments, contacts, interactions
from hub.contacts.tags.service import few_tagged, tagged
from hub.routing.tables import queue_teams
from hub.storage import Tx

from .due import ByDue, Due, by_due, nothing_due
from .model import ME, NOBODY, Order, ViewFilter
from .ranges import Columns, Walk, ranges_of, walk
from .said import ByDoc, Said, contacts_said
from .whose import identities_of

ViewAfter = ByUrgency | ByPlace | ByTime | ByDue | ByDoc


class ViewPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the list of a view goes on; which of them, after its order."""

    at: ViewAfter


class Listed(NamedTuple):
    """`ids` in the order of the view. A page can be short, and still not be the last."""

    ids: list[str]
    after: ViewAfter | None


_FEW = 500  # read by their tag and put in order; of more, a walk meets enough on its way


class _Scope(NamedTuple):
    """A filter as this reader means it."""

    filter: ViewFilter
    states: frozenset[ContactState]
    queues: frozenset[str] | None
    agent_id: str | None
    identity_ids: list[str] | None
    few: list[str] | None  # those with the tags asked for, where these are few
    tiers: list[str]
    written: list[str]  # the channels whose customers wait for a letter
    now: datetime

    def rest(self, columns: Columns) -> list[ColumnElement[bool]]:
        """What is asked beside the ranges, of these columns."""
        wanted = self.filter
        found: list[ColumnElement[bool]] = [columns.state.in_(sorted(self.states))]
        several = (
            (columns.channel, wanted.channels),
            (columns.tier, self.tiers),
            (columns.language, wanted.languages),
            (columns.reason_id, wanted.reasons),
            (columns.queue_id, None if self.queues is None else sorted(self.queues)),
            (columns.identity_id, self.identity_ids),
        )
        found += [column.in_(values) for column, values in several if values]
        if wanted.tags:
            found.append(tagged(wanted.tags, columns.id))
        if wanted.agent == NOBODY:
            found.append(columns.agent_id.is_(None))
        elif self.agent_id is not None:
            found.append(columns.agent_id == self.agent_id)
        if wanted.least_priority:
            found.append(columns.priority >= wanted.least_priority)
        if wanted.unanswered:
            found += [columns.unanswered_since.is_not(None), columns.channel.in_(self.written)]
        return [*found, *self._times(columns), *self._files(columns)]

    def _times(self, columns: Columns) -> list[ColumnElement[bool]]:
        wanted, opened = self.filter, columns.opened_at
        found: list[ColumnElement[bool]] = []
        if wanted.opened_within_s is not None:
            found.append(opened >= self.now - timedelta(seconds=wanted.opened_within_s))
        if wanted.opened_after is not None:
            found.append(opened >= wanted.opened_after)
        if wanted.opened_before is not None:
            found.append(opened < wanted.opened_before)
        return found

    def _files(self, columns: Columns) -> list[ColumnElement[bool]]:
        if not self.filter.attachment:
            return []
        entry = interactions.c
        of_contact = (entry.conversation_id == columns.conversation_id) & (
            entry.contact_id == columns.id
        )
        held = select(attachments.c.id).join(interactions, entry.id == attachments.c.interaction_id)
        return [exists(held.where(of_contact))]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be found: no queue in sight, nobody of that name, no such tag."""
        return self.queues == frozenset() or self.identity_ids == [] or self.few == []


def scope_of_filter(tx: Tx, reader: Reader, wanted: ViewFilter) -> _Scope:
    """Return what a filter means for this reader: their own queues, "me", whose name that is."""
    queues = frozenset(wanted.queues) if wanted.queues else None
    if wanted.teams:
        served = select(queue_teams.c.queue_id).where(queue_teams.c.team_id.in_(wanted.teams))
        of_teams = frozenset(tx.execute(served).scalars())
        queues = of_teams if queues is None else queues & of_teams
    agent = {ME: reader.principal.user_id, NOBODY: None, "": None}.get(wanted.agent, wanted.agent)
    who = identities_of(tx, reader.principal, wanted.customer) if wanted.customer.strip() else None
    return _Scope(
        filter=wanted,
        states=wanted.wanted_states,
        queues=queues,
        agent_id=agent,
        identity_ids=who,
        few=few_tagged(tx, wanted.tags, _FEW) if wanted.tags else None,
        tiers=_tiers(reader, wanted.tiers),
        written=reader.settings.written_channels,
        now=tx.now,
    )


def _tiers(reader: Reader, shown: Sequence[str]) -> list[str]:
    """Return the tiers that this reader is shown as these: none is told apart that is hidden."""
    known = {*reader.settings.tiers, *shown}
    return sorted(tier for tier in known if reader.tier(tier) in shown) if shown else []


def list_view(
    tx: Tx, reader: Reader, wanted: ViewFilter, limit: int, after: ViewAfter | None = None
) -> Listed:
    """Return one page of what a filter shows to this reader."""
    scope = scope_of_filter(tx, reader, wanted)
    if scope.is_empty:
        return Listed([], None)
    if wanted.searches:
        place = after.doc if isinstance(after, ByDoc) else None
        said = Said(reader.sight, wanted.words, wanted.phrase, scope.rest, limit, place)
        return Listed(*contacts_said(tx, said))
    if wanted.due_within_s is not None or wanted.order is Order.DUE:
        return _due(tx, reader, scope, limit, after)
    if wanted.order is Order.URGENCY:
        return _urgent(tx, reader, scope, limit, after)
    return _timed(tx, reader.sight, scope, limit, after)


def rows_in_order(tx: Tx, ids: Sequence[str]) -> list[Row[Any]]:
    """Return the rows of these contacts, in this order."""
    found = {row.id: row for row in tx.execute(select(contacts).where(contacts.c.id.in_(ids)))}
    return [found[id_] for id_ in ids if id_ in found]


def count_view(tx: Tx, reader: Reader, wanted: ViewFilter, most: int) -> tuple[int, bool]:
    """Count what a filter shows, up to `most`; and whether there is more, or may be."""
    order = wanted.order if wanted.due_within_s is not None else Order.NEWEST
    plain = msgspec.structs.replace(wanted, order=order)
    found = list_view(tx, reader, plain, most)
    return len(found.ids), found.after is not None


def _due(tx: Tx, reader: Reader, scope: _Scope, limit: int, after: ViewAfter | None) -> Listed:
    ids: list[str] = []
    within = scope.filter.due_within_s
    if not isinstance(after, ByTime):
        until = None if within is None else tx.now + timedelta(seconds=within)
        place = after if isinstance(after, ByDue) else None
        asked = Due(reader.sight, scope.states, scope.rest, limit, scope.agent_id, place, until)
        ids, following = by_due(tx, reader.settings, asked)
        if following is not None:
            return Listed(ids, following)
        if within is not None:
            return Listed(ids, None)
        after = None
        if len(ids) == limit:  # what nothing is due of begins on the next page
            return Listed(ids, ByTime(_LONG_AGO, ""))

    def rest(columns: Columns) -> list[ColumnElement[bool]]:
        return [*scope.rest(columns), nothing_due(columns), *_seen(reader.sight, columns)]

    states = scope.states - WAITING
    if not states:
        return Listed(ids, None)
    ranges = ranges_of(reader.sight, states, scope.queues, scope.agent_id)
    place_in_time = after if isinstance(after, ByTime) else None
    found = walk(tx, Walk(ranges, rest, False, limit - len(ids), place_in_time))
    return Listed([*ids, *found.ids], found.after)


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _urgent(tx: Tx, reader: Reader, scope: _Scope, limit: int, after: ViewAfter | None) -> Listed:
    place = after if isinstance(after, ByUrgency | ByPlace) else None
    more = tuple(scope.rest(contacts.c))
    asked = ContactFilter(scope.states, "", "", limit, place, more=more)
    found = find_contacts(tx, reader.sight, reader.settings, asked)
    return Listed([row.id for row in found.rows], found.after)


def _timed(tx: Tx, sight: Sight, scope: _Scope, limit: int, after: ViewAfter | None) -> Listed:
    newest = scope.filter.order is not Order.OLDEST
    place = after if isinstance(after, ByTime) else None
    by = "unanswered_since" if scope.filter.unanswered else "last_message_at"
    ranges: list[ColumnElement[bool]]
    if scope.filter.unanswered:
        ranges = [contacts.c.unanswered_since.is_not(None)]
    elif scope.identity_ids is not None:
        ranges = [contacts.c.identity_id.in_(scope.identity_ids) & sight.contacts()]
    elif scope.few is not None:
        ranges = [contacts.c.id.in_(scope.few) & sight.contacts()]
    else:
        ranges = ranges_of(sight, scope.states, scope.queues, scope.agent_id)

    def rest(columns: Columns) -> list[ColumnElement[bool]]:
        return [*scope.rest(columns), *_seen(sight, columns)]

    found = walk(tx, Walk(ranges, rest, newest, limit, place, by))
    return Listed(found.ids, found.after)


def _seen(sight: Sight, columns: Columns) -> list[ColumnElement[bool]]:
    """Ranges of states hold what others see: it is asked of each row again."""
    if sight.queues is None:
        return []
    seen = columns.queue_id.in_(sorted(sight.queues)) | (columns.agent_id == sight.user_id)
    return [seen | columns.id.in_(sorted(sight.asked)) if sight.asked else seen]
