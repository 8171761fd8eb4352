"""Use cases of recordings on the channel's own rows: plain functions of a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, case, insert, or_, select, update

from hub.channels.phone.model import Connection, LegState, Presence
from hub.channels.phone.tables import calls, connections
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.partial import in_words

from .model import OPEN_STAGES, STAGE_RANK, Copy, PausedBy, Stage, Taping
from .tables import caption_turns, tapings

LEASE_S = 900  # a long recording takes minutes to be copied
_OPEN = in_words(tapings.c.stage, OPEN_STAGES)
_OVER = or_(
    connections.c.released.is_(True),
    connections.c.leg_state == LegState.ENDED,
    connections.c.agent_presence == Presence.GONE,
    calls.c.leg_state == LegState.ENDED,
)
_TAPING = (
    select(
        tapings,
        calls.c.entry_point_id,
        calls.c.sid.label("call_sid"),
        _OVER.label("over"),
        (calls.c.leg_state == LegState.ENDED).label("leg_ended"),
    )
    .join(calls, calls.c.id == tapings.c.call_id)
    .join(connections, connections.c.id == tapings.c.connection_id)
)


class Plan(NamedTuple):
    """A talk that is to be recorded."""

    call_id: str
    contact_id: str
    connection: Connection


def plan(tx: Tx, wanted: Plan) -> None:
    """Write down that a talk is to be recorded; once for each connection."""
    known = select(tapings.c.id).where(tapings.c.connection_id == wanted.connection.id)
    if tx.execute(known).first() is not None:
        return
    tx.execute(
        insert(tapings).values(
            id=new_id(),
            call_id=wanted.call_id,
            connection_id=wanted.connection.id,
            contact_id=wanted.contact_id,
            stage=Stage.ASKED,
            created_at=tx.now,
            duration_s=0,
            channels=2,
            paused_by=PausedBy.NOBODY,
            due_at=tx.now,
            attempts=0,
        )
    )
    tx.hint("phone.recordings", wanted.call_id)


def is_any_due(tx: Tx, stages: Sequence[Stage]) -> bool:
    """Say whether something is to be done now at one of these stages; reads only."""
    return tx.execute(_due(tx, stages).limit(1)).first() is not None


def _due(tx: Tx, stages: Sequence[Stage]) -> Any:  # Any: a Select of one column
    free = or_(tapings.c.lease_until.is_(None), tapings.c.lease_until <= tx.now)
    due = or_(
        tapings.c.due_at <= tx.now,
        and_(tapings.c.stage == Stage.RUNNING, tapings.c.due_at.is_(None), _OVER),
    )
    return (
        select(tapings.c.id)
        .join(calls, calls.c.id == tapings.c.call_id)
        .join(connections, connections.c.id == tapings.c.connection_id)
        .where(_OPEN, tapings.c.stage.in_(stages), free, due)
    )


class Claim(NamedTuple):
    stages: Sequence[Stage]
    limit: int


def claim(tx: Tx, wanted: Claim) -> list[Taping]:
    """Lease what is due at these stages, the oldest first."""
    ids = list(
        tx.execute(
            _due(tx, wanted.stages)
            .order_by(tapings.c.id)
            .limit(wanted.limit)
            .with_for_update(skip_locked=True, of=tapings)
        ).scalars()
    )
    if not ids:
        return []
    tx.execute(
        update(tapings)
        .where(tapings.c.id.in_(ids))
        .values(
            attempts=tapings.c.attempts + 1,
            lease_until=tx.now + timedelta(seconds=LEASE_S),
        )
    )
    rows = tx.execute(_TAPING.where(tapings.c.id.in_(ids)).order_by(tapings.c.id))
    return [_taping(row) for row in rows]


class MoveOn(NamedTuple):
    """To a stage; `due_in_s` None: nothing is to be done. `error`: why it is tried again."""

    id: str
    stage: Stage
    due_in_s: float | None = 0.0
    sid: str | None = None
    duration_s: int = 0
    channels: int = 0
    copy: Copy | None = None
    error: str = ""
    news: bool = False  # told by the provider: what is being worked on already is left alone


def move_on(tx: Tx, order: MoveOn) -> bool:
    """Go on to a stage; False where it is further already. The same stage: it is tried later."""
    known = tx.execute(
        select(tapings.c.stage, tapings.c.started_at)
        .where(tapings.c.id == order.id)
        .with_for_update()
    ).first()
    if known is None:
        return False
    before = Stage(known.stage)
    again = order.news or order.copy is not None  # one copy is enough, and none of who is erased
    if STAGE_RANK[order.stage] < STAGE_RANK[before] + again:
        return False
    due = None if order.due_in_s is None else tx.now + timedelta(seconds=order.due_in_s)
    changes: dict[str, Any] = {
        "stage": order.stage,
        "due_at": due,
        "lease_until": None,
        "error": order.error or None,
    }
    if order.stage is not before:
        changes["attempts"] = 0
    if order.sid is not None:
        changes["sid"] = order.sid
    if order.stage is Stage.RUNNING and known.started_at is None:
        changes["started_at"] = tx.now
    if order.duration_s:
        changes["duration_s"] = order.duration_s
    if order.channels:
        changes["channels"] = order.channels
    if order.copy is not None:
        changes |= {
            "blob_id": order.copy.blob_id,
            "size_bytes": order.copy.size_bytes,
            "sha256": order.copy.sha256,
            "media_type": order.copy.media_type,
        }
    tx.execute(update(tapings).where(tapings.c.id == order.id).values(**changes))
    if order.stage is not before and order.due_in_s == 0:
        tx.hint("phone.recordings", order.id)
    return True


class Turned(NamedTuple):
    """A pause, or its end, is asked for."""

    contact_id: str
    at: datetime
    by: PausedBy
    was: tuple[PausedBy, ...] = tuple(PausedBy)  # only where it is paused by one of these


def begin_turn(tx: Tx, turned: Turned) -> Taping | None:
    """Return the recording to be paused or gone on with; None: there is none, or it is outdated.

    What hold has paused goes on after it; what the agent has paused only the agent lets go on.
    """
    row = tx.execute(
        _TAPING.where(
            tapings.c.contact_id == turned.contact_id,
            tapings.c.stage.in_((Stage.ASKED, Stage.RUNNING)),
        )
        .order_by(tapings.c.id.desc())
        .limit(1)
        .with_for_update(of=tapings)
    ).first()
    if row is None or (row.turned_at is not None and row.turned_at > turned.at):
        return None
    if PausedBy(row.paused_by) not in turned.was:
        return None
    tx.execute(
        update(tapings)
        .where(tapings.c.id == row.id)
        .values(turned_at=turned.at, paused_by=turned.by)
    )
    return _taping(row)


def is_paused(tx: Tx, call_id: str) -> bool:
    """Say whether what is said on a call now is neither to be recorded nor transcribed."""
    live = tapings.c.stage.in_((Stage.ASKED, Stage.RUNNING))
    paused = select(tapings.c.id).where(
        tapings.c.call_id == call_id, live, tapings.c.paused_by != PausedBy.NOBODY
    )
    silent = (
        select(caption_turns.c.connection_id)
        .join(connections, connections.c.id == caption_turns.c.connection_id)
        .join(calls, calls.c.id == caption_turns.c.call_id)
        .where(caption_turns.c.call_id == call_id, caption_turns.c.paused, ~_OVER)
    )
    return any(tx.execute(one.limit(1)).first() is not None for one in (paused, silent))


def forget_unfinished(tx: Tx, contact_ids: Sequence[str]) -> list[str]:
    """Their customer is erased: what is not handed over yet is deleted at the provider alone.

    Return the files that were copied already, to be deleted after the commit.
    """
    theirs = and_(tapings.c.contact_id.in_(contact_ids), _OPEN)
    copied = select(tapings.c.blob_id).where(theirs, tapings.c.blob_id.is_not(None))
    blob_ids = list(tx.execute(copied).scalars())
    stage = case((tapings.c.sid.is_(None), Stage.GONE.value), else_=Stage.COPIED.value)
    tx.execute(
        update(tapings)
        .where(theirs)
        .values(stage=stage, blob_id=None, due_at=tx.now, lease_until=None)
    )
    return blob_ids


def _taping(row: Row[Any]) -> Taping:
    copy = None
    if row.blob_id is not None:
        copy = Copy(row.blob_id, row.size_bytes, row.sha256, row.media_type)
    return Taping(
        id=row.id,
        entry_point_id=row.entry_point_id,
        call_id=row.call_id,
        call_sid=row.call_sid or "",
        connection_id=row.connection_id,
        contact_id=row.contact_id,
        stage=Stage(row.stage),
        created_at=row.created_at,
        sid=row.sid,
        started_at=row.started_at,
        duration_s=row.duration_s,
        channels=row.channels,
        paused_by=PausedBy(row.paused_by),
        copy=copy,
        attempts=row.attempts,
        over=bool(row.over),
        leg_ended=bool(row.leg_ended),
    )
