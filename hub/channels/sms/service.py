"""Transactions of texts on their way out, and of who said stop."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, insert, select, update

from hub.contacts.model import DeliveryState
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .states import Told, advance, has_ended, means
from .tables import sms_sendings, sms_stops

_LOOKED_AFTER = timedelta(days=2)  # the provider gives up long before


class NewSending(NamedTuple):
    interaction_id: str
    entry_point_id: str
    conversation_id: str


class Sending(NamedTuple):
    """A text of ours. `again`: the provider was asked before, and its answer is not known."""

    interaction_id: str
    entry_point_id: str
    begun_at: datetime
    sid: str | None
    told: Told
    again: bool = False


def begin_sending(tx: Tx, cmd: NewSending) -> Sending:
    """Keep that the provider is about to be asked. One that failed begins anew."""
    row = _find(tx, cmd.interaction_id)
    if row is None:
        blank = {"begun_at": tx.now, "sid": None, "state": "", "code": 0, "ended_at": None}
        tx.execute(insert(sms_sendings).values(**cmd._asdict(), **blank))
        return Sending(cmd.interaction_id, cmd.entry_point_id, tx.now, None, Told())
    sending = _sending(row)
    if sending.sid is not None and means(sending.told) is DeliveryState.FAILED:
        blank = {"begun_at": tx.now, "sid": None, "state": "", "code": 0, "ended_at": None}
        tx.execute(_of(cmd.interaction_id).values(**blank))
        return sending._replace(begun_at=tx.now, sid=None, told=Told())
    return sending._replace(again=sending.sid is None)


class Submitted(NamedTuple):
    interaction_id: str
    sid: str


def note_submitted(tx: Tx, cmd: Submitted) -> None:
    """The provider has it, under this name."""
    tx.execute(_of(cmd.interaction_id).values(sid=cmd.sid))


def note_not_submitted(tx: Tx, interaction_id: str) -> None:
    """The provider has certainly not taken it: the next try has nothing to look for."""
    tx.execute(
        delete(sms_sendings).where(
            sms_sendings.c.interaction_id == interaction_id, sms_sendings.c.sid.is_(None)
        )
    )


class News(NamedTuple):
    """What the provider says of a text. `interaction_id` "": known by its sid alone."""

    interaction_id: str
    sid: str
    told: Told


def note_state(tx: Tx, news: News) -> Sending | None:
    """Keep what the provider says; None where it is no text of ours, or changes nothing.

    Its first callback may come before the answer to the request that made it.
    """
    row = _find(tx, news.interaction_id)
    if row is None or row.sid not in (None, news.sid):  # else of an earlier try
        return None
    before = Told(row.state, row.code)
    told = advance(before, news.told)
    if told == before:
        return None
    ended_at = tx.now if has_ended(told) else None
    tx.execute(
        _of(row.interaction_id).values(
            sid=news.sid, state=told.state, code=told.code, ended_at=ended_at
        )
    )
    return _sending(row)._replace(sid=news.sid, told=told)


class Unsettled(NamedTuple):
    """Ask for texts that the provider has had since `before` and has not told the end of. `after`:
    those begun later, where earlier ones were asked for already.
    """

    before: datetime
    after: datetime | None
    limit: int


def list_unsettled(tx: Tx, ask: Unsettled) -> Sequence[Sending]:
    """Return them, oldest first: those of the last two days."""
    earliest = tx.now - _LOOKED_AFTER
    rows = tx.execute(
        select(sms_sendings)
        .where(
            sms_sendings.c.ended_at.is_(None),
            sms_sendings.c.sid.is_not(None),
            sms_sendings.c.begun_at > max(earliest, ask.after or earliest),
            sms_sendings.c.begun_at < ask.before,
        )
        .order_by(sms_sendings.c.begun_at)
        .limit(ask.limit)
    )
    return [_sending(row) for row in rows]


class Others(NamedTuple):
    """Names of the provider, one of which may be that of text `interaction_id`."""

    interaction_id: str
    sids: Collection[str]


def list_others(tx: Tx, ask: Others) -> frozenset[str]:
    """Return which of these names are other texts that we know we sent."""
    found = select(sms_sendings.c.sid).where(
        sms_sendings.c.sid.in_(sorted(ask.sids)),
        sms_sendings.c.interaction_id != ask.interaction_id,
    )
    return frozenset(tx.execute(found).scalars()) if ask.sids else frozenset()


class Number(NamedTuple):
    """Somebody's number, as one of ours is texted by it."""

    entry_point_id: str
    number: str


class Stop(NamedTuple):
    number: Number
    everything: bool


def find_stop(tx: Tx, number: Number) -> Stop | None:
    """Return what a number has said stop to, if it has."""
    everything = tx.execute(select(sms_stops.c.everything).where(*_is(number))).scalar()
    return None if everything is None else Stop(number, bool(everything))


# Two texts of one number may say it at the same moment.
_KEEP_STOP = Statement("""
INSERT INTO sms_stops (entry_point_id, number, everything, at)
SELECT {text 0}, {text 1}, {integer 2} = 1, {time :now} FROM {rows} WHERE true
ON CONFLICT (entry_point_id, number) DO UPDATE
SET everything = (sms_stops.everything OR excluded.everything)
""")


def keep_stop(tx: Tx, stop: Stop) -> None:
    """Keep that a number said stop; who said it to everything has said it to selling, too."""
    _KEEP_STOP(tx, [[*stop.number, int(stop.everything)]], now=tx_time(tx, tx.now))


def lift_stop(tx: Tx, number: Number) -> None:
    tx.execute(delete(sms_stops).where(*_is(number)))


def _is(number: Number) -> tuple[Any, Any]:
    table = sms_stops.c
    return table.entry_point_id == number.entry_point_id, table.number == number.number


def _find(tx: Tx, interaction_id: str) -> Row[Any] | None:
    found = select(sms_sendings).where(sms_sendings.c.interaction_id == interaction_id)
    return tx.execute(found.with_for_update()).first()


def _of(interaction_id: str) -> Any:  # Any: an update of this table, with its methods
    return update(sms_sendings).where(sms_sendings.c.interaction_id == interaction_id)


def _sending(row: Row[Any]) -> Sending:
    return Sending(
        row.interaction_id, row.entry_point_id, row.begun_at, row.sid, Told(row.state, row.code)
    )
