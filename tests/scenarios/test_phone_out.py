"""An agent calls, through the whole hub: over REST, both phones, wrap-up, timeline and figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import teams
from hub.agent_console.client import HeadlessAgent, Refused
from hub.agent_console.shapes import ContactRow
from hub.app import Hub
from hub.contacts.model import InteractionKind
from hub.contacts.tables import entry_points, interactions, segments
from hub.customers.tables import identities
from hub.intake.dialling import fire_due_dials
from hub.routing.intervals import Intervals
from hub.routing.reads import AskQueues, queue_figures
from hub.routing.settings import ServiceLevel, load_settings, save_settings
from hub.routing.tables import agents, assignments, queue_teams
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.center import add_agent, an_entry_point, open_center
from hub.testing.hub import hub_settings, running_hub
from hub.testing.twilio_simulator import RINGS, Phone, TwilioSimulator

HOTLINE = "+862155501000"
CHEN = "+8613800138000"


@dataclass
class Desk:
    """An agent at their console in a hub with a provider."""

    hub: Hub
    provider: TwilioSimulator
    agent: HeadlessAgent
    agent_id: str
    key: str
    http: ClientSession

    async def start(self, number: str = CHEN, **more: Any) -> tuple[int, Any]:
        body = {
            "channel": "phone",
            "direction": "out",
            "identities": [{"kind": "phone", "value": number}],
            **more,
        }
        return await self.ask("POST", "/contacts", body)

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        address = f"{self.hub.base_url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.key}"}
        async with self.http.request(method, address, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def until(self, contact_id: str, state: str, stage: str) -> ContactRow:
        def is_there() -> bool:
            row = self.agent.contacts.get(contact_id)
            return (
                row is not None
                and row.state == state
                and row.call is not None
                and row.call.stage == stage
            )

        await self.agent.until(is_there)
        return self.agent.contacts[contact_id]

    async def entry(self, contact_id: str) -> Any:
        def read(tx: Tx, _: None) -> Any:
            of_contact = interactions.c.contact_id == contact_id
            calls = interactions.c.kind == InteractionKind.CALL
            return tx.execute(select(interactions).where(of_contact, calls)).one()

        return await self.hub.store.read(read, None)

    async def load(self) -> int:
        def read(tx: Tx, _: None) -> int:
            query = select(agents.c.live_load).where(agents.c.id == self.agent_id)
            return int(tx.execute(query).scalar_one())

        return await self.hub.store.read(read, None)

    def dialled(self, number: str = CHEN) -> int:
        return sum(
            request.method == "POST" and request.form.get("To") == number
            for request in self.provider.api.requests
        )


@asynccontextmanager
async def a_desk(folder: Path, *, account: bool = True) -> AsyncIterator[Desk]:
    async with (
        TwilioSimulator(auth_token="a token", pace=50.0) as provider,
        ClientSession() as http,
    ):
        settings = hub_settings(folder)
        if account:
            twilio = Twilio(
                account_sid=provider.account_sid,
                auth_token=Secret(provider.auth_token),
                base_url=provider.base_url,
            )
            settings = msgspec.structs.replace(settings, twilio=twilio)
        async with running_hub(settings, two_lines) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            agent_id = await hub.store.write(add_agent, "Ann")
            key = (await hub.accounts.add_api_key(SYSTEM, agent_id, "scenario")).key
            agent = HeadlessAgent(hub.base_url, key)
            async with agent.signed_in():
                await agent.set_state("not_ready", "backoffice")
                yield Desk(hub, provider, agent, agent_id, key, http)
                assert provider.alerts == []


def two_lines(tx: Tx, _: None) -> None:
    """The small center, its hotline fast to dial, and a line of another team."""
    open_center(tx)
    tx.execute(teams.insert().values(id="south", zh="南方", en="South", retired=False))
    tx.execute(
        update(queue_teams).where(queue_teams.c.queue_id == "finance").values(team_id="south")
    )
    tx.execute(
        entry_points.insert().values(
            **an_entry_point("south-line", "phone", "+862155502000", "finance")
        )
    )
    settings = load_settings(tx)
    counted = msgspec.structs.replace(
        settings.queues["support"], service_level={"phone": ServiceLevel(within_s=20, goal=0.8)}
    )
    queues = {**settings.queues, "support": counted}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "hotline")
        .values(settings={"calls_per_second": 100})
    )


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path) as opened:
        yield opened


async def test_an_answered_call_from_the_click_to_the_timeline(desk: Desk) -> None:
    desk.provider.set_phone(CHEN, Phone(after_s=20))
    status, begun = await desk.start("138 0013 8000", dedupe_key="click-1")
    assert status == 201
    contact_id = begun["contact_id"]
    ringing = await desk.until(contact_id, "connecting", "ringing")
    assert (ringing.direction, ringing.urgency.running, ringing.agent_id) == (
        "out",
        False,
        desk.agent_id,
    )
    talking = await desk.until(contact_id, "active", "talking")
    assert talking.answered_at is not None
    customer = await desk.provider.agent_leg(CHEN)
    assert await desk.ask("POST", f"/contacts/{contact_id}/end") == (200, {"state": "wrap_up"})
    await customer.until("ended")
    done = await desk.until(contact_id, "wrap_up", "ended")
    assert done.call is not None
    assert done.call.outcome == "answered"
    assert await desk.load() == 100
    disposition = {"disposition": {"reason_id": "repair", "outcome_id": "solved"}}
    assert (await desk.ask("POST", f"/contacts/{contact_id}/close", disposition))[0] == 204
    assert await desk.load() == 0
    entry = await desk.entry(contact_id)
    assert (entry.kind, entry.direction, entry.author_name) == ("call", "out", "Ann")
    assert entry.meta["outcome"] == "answered"
    assert await desk.hub.store.read(_kinds, contact_id) == ["handling", "handling", "wrap_up"]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [("busy", "busy"), ("rejects", "busy"), ("no_answer", "no_answer"), ("failed", "failed")],
)
async def test_a_customer_not_reached_leaves_the_agent_in_wrap_up_with_the_reason(
    desk: Desk, answers: str, outcome: str
) -> None:
    desk.provider.set_phone(CHEN, Phone(answers))
    _, begun = await desk.start()
    row = await desk.until(begun["contact_id"], "wrap_up", "ended")
    assert row.call is not None
    assert row.call.outcome == outcome
    entry = await desk.entry(begun["contact_id"])
    assert (entry.meta["outcome"], entry.meta["duration_s"]) == (outcome, 0)


async def test_calls_of_ours_are_in_no_service_level_and_abandoned_by_nobody(desk: Desk) -> None:
    _, first = await desk.start()
    await desk.until(first["contact_id"], "active", "talking")
    await (await desk.provider.agent_leg(CHEN)).hang_up()
    await desk.until(first["contact_id"], "wrap_up", "ended")
    await desk.ask("POST", f"/contacts/{first['contact_id']}/close", {"disposition": None})
    desk.provider.set_phone(CHEN, Phone("busy"))
    _, second = await desk.start()
    await desk.until(second["contact_id"], "wrap_up", "ended")
    figures = (await desk.hub.store.read(queue_figures, AskQueues(Intervals(), ["support"])))[0]
    assert (figures.answered_today, figures.abandoned_today, figures.waiting) == (0, 0, 0)
    assert [level.value for level in figures.service_level] == [None]
    assert [level.value for level in figures.service_level if level.channel == "phone"] in (
        [],
        [None],
    )


async def test_a_double_click_is_one_call(desk: Desk) -> None:
    first = await desk.start(dedupe_key="click")
    assert await desk.start(dedupe_key="click") == first
    await desk.until(first[1]["contact_id"], "active", "talking")
    assert desk.dialled() == 1


async def test_a_second_call_beside_the_first_is_refused_with_a_sentence(desk: Desk) -> None:
    _, begun = await desk.start()
    status, problem = await desk.start("+8613900139000")
    assert (status, problem["code"]) == (409, "agent.channel_full")
    assert problem["detail"].startswith("You have no room for a call now")
    assert await desk.load() == 100
    await desk.until(begun["contact_id"], "active", "talking")
    assert desk.dialled("+8613900139000") == 0
    assert await desk.hub.store.read(_strangers, "+8613900139000") == 0


async def test_who_is_signed_out_calls_nobody(desk: Desk) -> None:
    await desk.agent.set_state("offline")
    status, problem = await desk.start()
    assert (status, problem["code"]) == (409, "agent.signed_out")


@pytest.mark.parametrize("typed", ["12", "10086", "hello", "+86 138", "+862155501000"])
async def test_what_cannot_be_called_is_refused_before_anything_rings(
    desk: Desk, typed: str
) -> None:
    status, problem = await desk.start(typed)
    assert status == 422
    assert problem["code"] in ("number.invalid", "number.ours")
    assert await desk.load() == 0


async def test_the_line_of_another_team_is_not_there(desk: Desk) -> None:
    assert (await desk.start(entry_point_id="south-line"))[0] == 404
    sneaky = await desk.start(entry_point_id="south-line", queue_id="support")
    assert sneaky[0] == 404
    assert (await desk.start(queue_id="finance"))[0] == 404


async def test_a_masked_number_is_called_by_its_identity(desk: Desk) -> None:
    _, first = await desk.start()
    await desk.until(first["contact_id"], "active", "talking")
    await desk.ask("POST", f"/contacts/{first['contact_id']}/close", {"disposition": None})
    identity_id = await desk.hub.store.read(_identity_of, CHEN)
    body = {"channel": "phone", "direction": "out", "identity_id": identity_id}
    status, again = await desk.ask("POST", "/contacts", body)
    assert status == 201
    assert again["conversation_id"] == first["conversation_id"]
    await desk.until(again["contact_id"], "active", "talking")
    body["identity_id"] = "nobody"
    assert (await desk.ask("POST", "/contacts", body))[0] == 404


async def test_a_call_given_up_while_it_rings_is_cancelled_on_both_phones(desk: Desk) -> None:
    desk.provider.set_phone(CHEN, RINGS)
    _, begun = await desk.start()
    await desk.until(begun["contact_id"], "connecting", "ringing")
    customer = await desk.provider.agent_leg(CHEN)
    assert (await desk.ask("POST", f"/contacts/{begun['contact_id']}/end"))[0] == 200
    row = await desk.until(begun["contact_id"], "wrap_up", "ended")
    assert row.call is not None
    assert row.call.outcome == "cancelled"
    await customer.until("ended")


async def test_without_an_account_the_agent_is_told_at_once(tmp_path: Path) -> None:
    async with a_desk(tmp_path, account=False) as desk:
        _, begun = await desk.start()
        row = await desk.until(begun["contact_id"], "wrap_up", "ended")
        assert row.call is not None
        assert (row.call.outcome, row.call.reason) == ("failed", "refused")


async def test_a_call_that_nobody_hears_of_again_ends_by_itself(desk: Desk) -> None:
    desk.provider.set_phone(CHEN, RINGS)
    _, begun = await desk.start()
    await desk.until(begun["contact_id"], "connecting", "ringing")
    customer = await desk.provider.agent_leg(CHEN)
    await desk.hub.store.write(_overdue, None)
    row = await desk.until(begun["contact_id"], "wrap_up", "ended")
    assert row.call is not None
    assert (row.call.outcome, row.call.reason) == ("failed", "timeout")
    await customer.until("ended")


async def test_an_answered_call_is_held_and_transferred_like_any_other(desk: Desk) -> None:
    _, begun = await desk.start()
    contact_id = begun["contact_id"]
    await desk.until(contact_id, "active", "talking")
    customer = await desk.provider.agent_leg(CHEN)
    await desk.ask("POST", f"/contacts/{contact_id}/hold")
    await customer.hears("music.wav")
    await desk.ask("POST", f"/contacts/{contact_id}/resume")
    await desk.ask("POST", f"/contacts/{contact_id}/transfer", {"queue_id": "support"})
    await customer.until("queue")
    with pytest.raises(Refused):
        await desk.agent.reply(contact_id, "words")


def _kinds(tx: Tx, contact_id: str) -> list[str]:
    found = select(segments.c.kind).where(segments.c.contact_id == contact_id)
    return list(tx.execute(found.order_by(segments.c.started_at, segments.c.id)).scalars())


def _strangers(tx: Tx, number: str) -> int:
    found = select(func.count()).where(identities.c.value_norm == number)
    return int(tx.execute(found).scalar_one())


def _identity_of(tx: Tx, number: str) -> str:
    found = select(identities.c.id).where(identities.c.value_norm == number)
    return str(tx.execute(found).scalar_one())


def _overdue(tx: Tx, _: None) -> None:
    tx.execute(update(assignments).values(connect_by=tx.now))
    assert fire_due_dials(tx, tx.now, 10) == 1
