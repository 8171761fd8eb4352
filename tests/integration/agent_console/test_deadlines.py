"""What consoles show of deadlines, and who is told when one passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from hub.agent_console.client import HeadlessAgent
from hub.contacts.tables import contacts
from hub.routing.settings import load_settings, save_settings
from hub.routing.sla.policies import Act, DeadlineKind, Escalation, SlaPolicy, StepName
from hub.routing.sla.service import fire_due_stale
from hub.routing.sla.tables import deadlines
from hub.storage import Tx
from hub.web import Role

from .conftest import Place

POLICY = SlaPolicy(
    key="usual",
    zh="常规",
    en="Usual",
    target_s={DeadlineKind.FIRST_REPLY: 3600, DeadlineKind.RESOLUTION: 86_400},
    escalations=(
        Escalation(at=StepName.BREACH, action=Act.NOTIFY, to="far@hub.test"),
    ),
)  # fmt: skip


@pytest.fixture
async def promising(place: Place) -> Place:
    await _give(place, POLICY)
    return place


async def _give(place: Place, *policies: SlaPolicy) -> None:
    def give(tx: Tx, _: None) -> None:
        save_settings(tx, msgspec.structs.replace(load_settings(tx), sla_policies=policies))

    await place.hub.store.write(give, None)


def pass_by(tx: Tx, cmd: tuple[str, timedelta]) -> None:
    """Let the deadlines of a contact have run so much longer."""
    contact_id, longer = cmd
    tx.execute(
        update(deadlines)
        .where(deadlines.c.contact_id == contact_id)
        .values(
            start_us=deadlines.c.start_us - round(longer.total_seconds() * 1_000_000),
            look_at=tx.now,
        )
    )


def told(console: HeadlessAgent) -> list[str]:
    return [notice.code for notice in console.notices]


async def test_rows_and_details_say_what_is_due(promising: Place) -> None:
    boss = await promising.hire("boss", Role.SUPERVISOR, "team")
    receipt = await promising.write_in("Where is it?")
    _, detail = await boss.ask("GET", f"/contacts/{receipt.contact_id}")
    first, resolution = detail["deadlines"]
    assert (first["kind"], first["target_s"], first["warn_s"]) == ("first_reply", 3600, 2700)
    assert (first["running"], first["paused"], first["breached_at"]) == (True, False, None)
    assert (first["zh"], first["en"]) == ("常规", "Usual")
    assert (resolution["kind"], resolution["target_s"]) == ("resolution", 86_400)
    _, listed = await boss.ask("GET", "/contacts?state=queued")
    assert listed["items"][0]["deadline"]["kind"] == "first_reply"
    assert detail["contact"]["deadline"]["due_at"] == first["due_at"]


async def test_supervisors_of_the_queue_and_who_is_named_hear_of_a_breach(
    promising: Place,
) -> None:
    agent = await promising.hire("li", Role.AGENT, "team")
    chief = await promising.hire("chief", Role.SUPERVISOR, "team")
    named = await promising.hire("far", Role.AGENT, "south")
    stranger = await promising.hire("south", Role.SUPERVISOR, "south")
    async with (
        agent.console().signed_in() as mine,
        chief.console().signed_in() as above,
        named.console().signed_in() as far,
        stranger.console().signed_in() as elsewhere,
    ):
        receipt = await promising.write_in("Where is it?")
        minutes = timedelta(minutes=50)
        await promising.hub.store.write(pass_by, (str(receipt.contact_id), minutes))
        _, detail = await chief.ask("GET", f"/contacts/{receipt.contact_id}")
        assert detail["deadlines"][0]["used_s"] >= 3000
        await promising.hub.store.write(pass_by, (str(receipt.contact_id), minutes))
        await above.until(lambda: "sla_breach" in told(above))
        await far.until(lambda: told(far) == ["sla_breach"])
        assert above.notices[-1].detail == detail["contact"]["reference"]
        assert "sla_breach" not in told(mine) + told(elsewhere)


async def test_supervisors_read_the_share_met_today(promising: Place) -> None:
    agent = await promising.hire("li", Role.AGENT, "team")
    chief = await promising.hire("chief", Role.SUPERVISOR, "team")
    stranger = await promising.hire("south", Role.SUPERVISOR, "south")
    late = await promising.write_in("Where is it?", who="one")
    await promising.write_in("Where is it?", who="two")
    found: dict[str, Any] = {}
    async with chief.console().signed_in() as above:
        just_over = timedelta(minutes=60, seconds=1)  # more were yesterday's just after midnight
        await promising.hub.store.write(pass_by, (str(late.contact_id), just_over))
        await above.until(lambda: "sla_breach" in told(above))
    status, page = await chief.ask("GET", "/board/sla")
    assert status == 200
    found = {one["kind"]: one for one in page["items"]}
    first = found["first_reply"]
    assert (first["met"], first["breached"], first["open"], first["share"]) == (0, 1, 1, 0.0)
    assert found["resolution"]["share"] is None
    _, others = await stranger.ask("GET", "/board/sla")
    assert [one["open"] for one in others["items"]] == [0, 0]
    assert (await agent.ask("GET", "/board/sla"))[0] == 403


async def test_a_tier_that_agents_are_not_told_of_has_the_deadlines_of_the_one_they_are_shown(
    place: Place,
) -> None:
    """So no deadline, no entry of a timeline and no notice can tell it."""
    shown = msgspec.structs.replace(POLICY, key="shown", tiers=("standard",))
    await _give(place, shown)
    agent = await place.hire("li", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    usual = await place.write_in("Where is it?", who="one")
    lower = await place.write_in("Where is it?", who="two")

    def lowered(tx: Tx, contact_id: str) -> None:
        low = update(contacts).where(contacts.c.id == contact_id)
        tx.execute(low.values(tier="low", sla_stale_at=tx.now))
        fire_due_stale(tx, tx.now, 10)

    await place.hub.store.write(lowered, str(lower.contact_id))
    for who in (agent, boss):
        due = []
        for receipt in (usual, lower):
            _, seen = await who.ask("GET", f"/contacts/{receipt.contact_id}")
            due.append([(one["kind"], one["target_s"]) for one in seen["deadlines"]])
        assert due[0] == due[1]
        assert len(due[0]) == 2
