"""What is read of a period: who was there, and what agents began by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from hub.contacts.model import SegmentKind
from hub.contacts.tables import segments
from hub.routing.tables import agent_intervals
from hub.simulation.replay import read_from
from hub.simulation.world import ANSWERED, Turn
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock

from .day import SPAN, a_day


async def test_an_agent_who_is_ready_for_weeks_is_there(store: Store, clock: ManualClock) -> None:
    before = await a_day(store, clock)

    def long_ago(tx: Tx, _: None) -> None:
        intervals = agent_intervals.c
        tx.execute(
            update(agent_intervals)
            .where(intervals.ended_at.is_(None))
            .values(started_at=NOON - timedelta(days=20))
        )

    await store.write(long_ago, None)
    agents = read_from(store.url, SPAN).conditions.agents
    assert [agent.id for agent in agents] == [agent.id for agent in before.conditions.agents]
    assert len(agents) == 3
    for agent in agents:
        assert agent.turns[0].at_s == SPAN.begins_s
        assert agent.turns[0].turn is Turn.COMES


async def test_work_that_an_agent_began_takes_them_wholly_only_where_one_contact_does(
    store: Store, clock: ManualClock
) -> None:
    before = await a_day(store, clock)
    chat, call = (
        next(
            visit
            for visit in before.visits
            if visit.kind.channel == channel and visit.outcome == ANSWERED
        )
        for channel in ("webchat", "phone")
    )

    def without_wait(tx: Tx, _: None) -> None:
        for visit in (chat, call):
            at = datetime.fromtimestamp(visit.at_s, UTC)
            own = select(segments.c.contact_id).where(
                segments.c.started_at == at, segments.c.kind == SegmentKind.WAITING
            )
            theirs = list(tx.execute(own).scalars())
            assert len(theirs) == 1
            tx.execute(
                delete(segments).where(
                    segments.c.contact_id.in_(theirs),
                    segments.c.kind.in_([SegmentKind.WAITING, SegmentKind.OFFERED]),
                )
            )

    await store.write(without_wait, None)
    period = read_from(store.url, SPAN)
    assert len(period.visits) == len(before.visits) - 2
    assert period.own_work_s == pytest.approx({"webchat": chat.handle_s})
    for agent, earlier in zip(period.conditions.agents, before.conditions.agents, strict=True):
        pauses = {turn.at_s for turn in agent.turns} - {turn.at_s for turn in earlier.turns}
        answered_s = call.at_s + call.wait_s
        if agent.id == call.agent_id:
            assert sorted(pauses) == pytest.approx([answered_s, answered_s + call.handle_s])
        else:
            assert not pauses
