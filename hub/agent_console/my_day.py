"""GET /me/day: an agent's own figures since midnight, for nobody else's eyes.

Read when somebody looks, by indexes of the agent alone; no more rows than one did today.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, literal, select

from hub.contacts.commitments.model import CommitmentState, OwnerKind
from hub.contacts.commitments.tables import commitments, is_result
from hub.contacts.model import SegmentKind
from hub.contacts.tables import contacts, segments
from hub.routing.intervals import start_of_day
from hub.routing.model import AgentState
from hub.routing.settings import load_settings
from hub.routing.tables import agent_intervals, assignments, offers
from hub.storage import Store, Tx
from hub.storage.partial import in_words
from hub.storage.types import UTCDateTime
from hub.web import Access, Principal, View, route

_WORK = (SegmentKind.HANDLING, SegmentKind.HOLD, SegmentKind.WRAP_UP)


class ChannelDay(View, frozen=True):
    """`taken`: contacts taken up today. `handle_s`: mean of handling, hold and wrap-up of those
    that one is done with; None: of none yet.
    """

    channel: str
    taken: int
    handle_s: float | None


class StateTime(View, frozen=True):
    """Seconds in a state since midnight. `reason`: of not ready."""

    state: str
    reason: str | None
    seconds: float


class MyDay(View, frozen=True):
    """`first_reply_s`: mean from taking up to the first answer, where nobody had answered before.
    `score`: mean of 1-5 over `scores` customers. `kept`, `broken`: promises whose time came today.
    `missed`: offers that ran out.
    """

    at: datetime
    since: datetime
    channels: list[ChannelDay]
    first_reply_s: float | None
    scores: int
    score: float | None
    kept: int
    broken: int
    missed: int
    states: list[StateTime]


class MyDayRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route("GET", "/api/v1/me/day", access=Access.AGENT, summary="My own figures of today")
    async def my_day(self, principal: Principal) -> MyDay:
        return await self._store.read(read_my_day, principal.user_id)


def read_my_day(tx: Tx, user_id: str) -> MyDay:
    """Return what this user did since midnight in the zone of the set-up."""
    since = start_of_day(load_settings(tx), tx.now)
    taken = _taken(tx, user_id, since)
    replies = [
        (row.answered_at - row.made_at).total_seconds()
        for row in taken
        if row.answered_at is not None and row.answered_at >= row.made_at
    ]
    scores, score = _satisfaction(tx, user_id, since)
    results = _promises(tx, user_id, since)
    return MyDay(
        at=tx.now,
        since=since,
        channels=_channels(tx, user_id, since, taken),
        first_reply_s=_mean(replies),
        scores=scores,
        score=score,
        kept=results.get(CommitmentState.KEPT, 0),
        broken=results.get(CommitmentState.BROKEN, 0),
        missed=_missed(tx, user_id, since),
        states=_states(tx, user_id, since),
    )


def _taken(tx: Tx, user_id: str, since: datetime) -> list[Row[Any]]:
    found = (
        select(
            assignments.c.contact_id,
            assignments.c.channel,
            assignments.c.made_at,
            assignments.c.ended_at,
            contacts.c.answered_at,
        )
        .join(contacts, contacts.c.id == assignments.c.contact_id)
        .where(assignments.c.agent_id == user_id, assignments.c.made_at >= since)
        .order_by(assignments.c.made_at)
    )
    return list(tx.execute(found))


def _channels(tx: Tx, user_id: str, since: datetime, taken: list[Row[Any]]) -> list[ChannelDay]:
    by_channel: defaultdict[str, set[str]] = defaultdict(set)
    for row in taken:
        by_channel[row.channel].add(row.contact_id)
    open_ids = {row.contact_id for row in taken if row.ended_at is None}
    worked: defaultdict[str, float] = defaultdict(float)
    if taken:
        stretches = select(segments).where(
            segments.c.contact_id.in_({row.contact_id for row in taken}),
            segments.c.agent_id == user_id,
            segments.c.kind.in_(_WORK),
            segments.c.started_at >= since,
        )
        for one in tx.execute(stretches):
            lasted = (one.ended_at or tx.now) - one.started_at
            worked[one.contact_id] += lasted / timedelta(seconds=1)
    return [
        ChannelDay(
            channel=channel,
            taken=len(ids),
            handle_s=_mean([worked[one] for one in ids - open_ids if one in worked]),
        )
        for channel, ids in sorted(by_channel.items())
    ]


def _satisfaction(tx: Tx, user_id: str, since: datetime) -> tuple[int, float | None]:
    found = select(
        func.count().label("number"), func.avg(contacts.c.survey_score).label("mean")
    ).where(
        contacts.c.agent_id == user_id,
        contacts.c.closed_at >= since,
        contacts.c.survey_score.is_not(None),
    )
    row = tx.execute(found).one()
    return row.number, None if row.mean is None else round(float(row.mean), 2)


def _promises(tx: Tx, user_id: str, since: datetime) -> dict[str, int]:
    found = (
        select(commitments.c.state, func.count().label("number"))
        .where(
            commitments.c.owner_kind == OwnerKind.USER,
            commitments.c.owner_id == user_id,
            is_result,
            commitments.c.due_at >= since,
            commitments.c.due_at < since + timedelta(days=1),
        )
        .group_by(commitments.c.state)
    )
    return {row.state: row.number for row in tx.execute(found)}


def _missed(tx: Tx, user_id: str, since: datetime) -> int:
    found = select(func.count()).where(
        offers.c.agent_id == user_id,
        in_words(offers.c.state, ["expired"]),
        offers.c.made_at >= since,
    )
    return int(tx.execute(found).scalar_one())


def _states(tx: Tx, user_id: str, since: datetime) -> list[StateTime]:
    """Time in each state but offline; a stretch over midnight counts from midnight on."""
    last_before = (
        select(func.max(agent_intervals.c.started_at))
        .where(agent_intervals.c.agent_id == user_id, agent_intervals.c.started_at < since)
        .scalar_subquery()
    )
    found = select(agent_intervals).where(
        agent_intervals.c.agent_id == user_id,
        agent_intervals.c.state != AgentState.OFFLINE,
        agent_intervals.c.started_at >= func.coalesce(last_before, literal(since, UTCDateTime())),
    )
    lasted: defaultdict[tuple[str, str | None], float] = defaultdict(float)
    for row in tx.execute(found):
        stretch = (row.ended_at or tx.now) - max(row.started_at, since)
        lasted[row.state, row.reason] += max(0.0, stretch.total_seconds())
    return [
        StateTime(state=state, reason=reason, seconds=round(seconds, 1))
        for (state, reason), seconds in sorted(lasted.items(), key=lambda one: -one[1])
        if seconds > 0
    ]


def _mean(seconds: list[float]) -> float | None:
    return round(sum(seconds) / len(seconds), 1) if seconds else None
