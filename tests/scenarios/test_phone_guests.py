"""Supervisors and colleagues on a call, through the whole hub: rights, audit, sound, contact."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import audit_log, users
from hub.agent_console.client import HeadlessAgent
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.recordings.model import RecordingNews, RecordingState
from hub.contacts.tables import contacts, interactions
from hub.routing.settings import load_settings, save_settings
from hub.routing.tables import agents
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.twilio_simulator import Phone, SimulatedCaller

from .test_phone_out import CHEN, Desk, a_desk

ANN = "+8613700137001"
BOSS = "+8613700137002"
BEN = "+8613700137003"
PLUMBER = "+8613700137004"


@dataclass
class Colleague:
    """Somebody of the hub: their API key, and their console."""

    user_id: str
    key: str
    console: HeadlessAgent


@dataclass
class Talk:
    """Ann talks to Chen; who else there is can be asked."""

    desk: Desk
    contact_id: str
    customer: SimulatedCaller
    agent: SimulatedCaller

    async def hire(self, name: str, phone: str, role: str, team: str = "team") -> Colleague:
        def write(tx: Tx, _: None) -> str:
            user_id = add_agent(tx, name, team)
            changes = {"phone_address": phone, "role": role}
            tx.execute(update(users).where(users.c.id == user_id).values(**changes))
            tx.execute(update(agents).where(agents.c.id == user_id).values(state="offline"))
            return user_id

        hub = self.desk.hub
        user_id = await hub.store.write(write, None)
        key = (await hub.accounts.add_api_key(SYSTEM, user_id, "scenario")).key
        return Colleague(user_id, key, HeadlessAgent(hub.base_url, key))

    async def ask(self, who: Colleague, method: str, path: str, body: Any = None) -> Any:
        address = f"{self.desk.hub.base_url}/api/v1{path}"
        headers = {"Authorization": f"Bearer {who.key}"}
        sending = self.desk.http.request(method, address, json=body, headers=headers)
        async with sending as answer:
            return answer.status, await answer.json(content_type=None)

    def of_contact(self, act: str) -> str:
        return f"/contacts/{self.contact_id}/{act}"

    async def until_guest(self, ask: Callable[[], Any], state: str) -> dict[str, Any]:
        """Ask for the guests until the newest is in this state."""
        while True:
            _, page = await ask()
            if page["items"] and page["items"][-1]["state"] == state:
                guest: dict[str, Any] = page["items"][-1]
                return guest
            await self.desk.provider.settle()

    async def guests(self) -> tuple[int, Any]:
        """The guests as Ann is shown them."""
        return await self.desk.ask("GET", self.of_contact("guests"))

    async def own_call(self, user_id: str, promise: str | None = None) -> None:
        """Let somebody talk on the other contact that there is."""
        hub = self.desk.hub
        receipt = await hub.door.receive(
            Inbound(
                entry_point_id="hotline",
                channel=Channel.PHONE,
                dedupe_key="another",
                senders=(SenderIdentity(IdentityKind.PHONE, "+8613800138009"),),
                received_at=hub.clock.now(),
                kind=InteractionKind.CALL,
                acknowledge=False,
            )
        )

        def write(tx: Tx, _: None) -> None:
            of = {"agent_id": user_id, "promise": promise, "state": "active"}
            tx.execute(update(contacts).where(contacts.c.id == receipt.contact_id).values(**of))

        await hub.store.write(write, None)

    async def let_listen(self, *, unseen: bool, in_queue: bool | None = None) -> None:
        """Whether supervisors listen unseen, by the rule of all calls and by the queues' own."""

        def write(tx: Tx, _: None) -> None:
            replace, settings = msgspec.structs.replace, load_settings(tx)
            queues = {
                key: replace(queue, listen_unseen=in_queue)
                for key, queue in settings.queues.items()
            }
            rules = replace(settings, queues=queues, supervisors_listen_unseen=unseen)
            save_settings(tx, rules)

        await self.desk.hub.store.write(write, None)

    async def tape(self, state: RecordingState) -> None:
        """The channel tells how the recording of this call stands."""
        hub = self.desk.hub
        news = RecordingNews("hotline", self.contact_id, "tape", state, hub.clock.now())
        await hub.door.report(news)

    async def said(self) -> list[str]:
        """The codes of the timeline's system entries."""

        def read(tx: Tx, _: None) -> list[str]:
            of_contact = interactions.c.contact_id == self.contact_id
            rows = tx.execute(
                select(interactions.c.meta).where(of_contact).order_by(interactions.c.seq)
            )
            return [row.meta["code"] for row in rows if "code" in row.meta]

        return await self.desk.hub.store.read(read, None)

    async def audited(self, by: str) -> list[str]:
        def read(tx: Tx, _: None) -> list[str]:
            found = select(audit_log.c.action).where(audit_log.c.actor_id == by)
            return [row.action for row in tx.execute(found.order_by(audit_log.c.id))]

        actions = await self.desk.hub.store.read(read, None)
        return [action for action in actions if action.startswith("call.")]


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with a_desk(tmp_path) as desk:

        def with_phone(tx: Tx, _: None) -> None:
            ann = users.c.id == desk.agent_id
            tx.execute(update(users).where(ann).values(phone_address=ANN))

        await desk.hub.store.write(with_phone, None)
        _, begun = await desk.start()
        await desk.until(begun["contact_id"], "active", "talking")
        customer = await desk.provider.agent_leg(CHEN)
        agent = await desk.provider.agent_leg(ANN)
        yield Talk(desk, begun["contact_id"], customer, agent)


async def test_a_supervisor_listens_unseen_whispers_seen_and_takes_over(talk: Talk) -> None:
    await talk.let_listen(unseen=True)
    boss = await talk.hire("Boss", BOSS, "supervisor")
    listening = await talk.ask(boss, "POST", talk.of_contact("supervise"), {"mode": "listen"})
    assert listening[0] == 200
    guest_id = listening[1]["id"]
    leg = await talk.desk.provider.agent_leg(BOSS)
    await leg.until_hears({CHEN, ANN})
    assert talk.customer.hears_now() == {ANN}
    assert (await talk.guests())[1]["items"] == []
    [mine] = (await talk.ask(boss, "GET", "/me/guest-calls"))[1]["items"]
    assert (mine["guest"]["mode"], mine["contact"]["id"]) == ("listen", talk.contact_id)
    [call] = (await talk.ask(boss, "GET", "/board/calls"))[1]["calls"]
    assert (call["contact"]["agent_name"], call["guests"][0]["name"]) == ("Ann", "Boss")

    whisper = await talk.ask(boss, "POST", f"/guests/{guest_id}/mode", {"mode": "whisper"})
    assert whisper[0] == 204
    await talk.agent.until_hears({CHEN, BOSS})
    assert talk.customer.hears_now() == {ANN}
    assert [one["mode"] for one in (await talk.guests())[1]["items"]] == ["whisper"]

    refused = await talk.ask(boss, "POST", talk.of_contact("take-over"))
    assert (refused[0], refused[1]["code"]) == (409, "guest.sign_in")
    async with boss.console.signed_in():
        await boss.console.set_state("not_ready", "backoffice")
        taken = await talk.ask(boss, "POST", talk.of_contact("take-over"))
        assert taken == (200, {"contact_id": talk.contact_id, "given": True})
        await talk.agent.until("ended")
        await talk.customer.until_hears({BOSS})
        await boss.console.until(lambda: _is_active(boss.console, talk.contact_id))
        assert talk.desk.dialled(BOSS) == 1  # they are in the room: nobody rings
    assert await talk.audited(boss.user_id) == ["call.listen", "call.whisper", "call.take_over"]


async def test_a_pause_of_the_recording_is_heard_by_no_supervisor(talk: Talk) -> None:
    boss = await talk.hire("Boss", BOSS, "supervisor")
    supervise = talk.of_contact("supervise")
    await talk.ask(boss, "POST", supervise, {"mode": "barge"})
    leg = await talk.desk.provider.agent_leg(BOSS)
    await talk.customer.until_hears({ANN, BOSS})
    await talk.tape(RecordingState.RECORDING)
    assert (await talk.desk.ask("POST", talk.of_contact("pause-recording")))[0] == 204
    await leg.until_hears({"music"})
    await talk.tape(RecordingState.PAUSED)
    assert talk.customer.hears_now() == {ANN}
    late = await talk.hire("Late", BEN, "supervisor")
    refused = await talk.ask(late, "POST", supervise, {"mode": "listen"})
    assert (refused[0], refused[1]["code"]) == (409, "guest.silenced")
    [mine] = (await talk.ask(boss, "GET", "/me/guest-calls"))[1]["items"]
    assert mine["contact"]["recording"]["state"] == "paused"
    await talk.tape(RecordingState.RECORDING)
    await leg.until_hears({CHEN, ANN})
    await talk.customer.until_hears({ANN, BOSS})


async def test_nobody_is_rung_as_a_guest_who_has_a_call_of_their_own(talk: Talk) -> None:
    boss = await talk.hire("Boss", BOSS, "supervisor")
    ben = await talk.hire("Ben", BEN, "agent")
    async with ben.console.signed_in():
        await ben.console.set_state("not_ready", "backoffice")
        asked = {"agent_id": ben.user_id}
        await talk.own_call(ben.user_id)
        busy = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), asked)
        assert (busy[0], busy[1]["code"]) == (409, "guest.busy")
        await talk.own_call(ben.user_id, promise="voicemail")  # a spoken message is no call
        assert (await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), asked))[0] == 200
    await talk.own_call(boss.user_id)
    listening = await talk.ask(boss, "POST", talk.of_contact("supervise"), {"mode": "listen"})
    assert (listening[0], listening[1]["code"]) == (409, "guest.elsewhere")


async def test_the_agent_sees_at_once_who_listens(talk: Talk) -> None:
    boss = await talk.hire("Boss", BOSS, "supervisor")
    await talk.ask(boss, "POST", talk.of_contact("supervise"), {"mode": "listen"})
    guest = await talk.until_guest(talk.guests, "joined")
    assert (guest["name"], guest["mode"], guest["asked"]) == ("Boss", "listen", False)


@pytest.mark.parametrize("unseen", [True, False])
async def test_a_queue_says_whether_its_agents_see_who_listens(talk: Talk, unseen: bool) -> None:
    await talk.let_listen(unseen=not unseen, in_queue=unseen)
    boss = await talk.hire("Boss", BOSS, "supervisor")
    await talk.ask(boss, "POST", talk.of_contact("supervise"), {"mode": "listen"})
    leg = await talk.desk.provider.agent_leg(BOSS)
    await leg.until_hears({CHEN, ANN})
    assert [one["name"] for one in (await talk.guests())[1]["items"]] == (
        [] if unseen else ["Boss"]
    )


async def test_who_may_supervise_a_call(talk: Talk) -> None:
    stranger = await talk.hire("Stranger", BOSS, "supervisor", "south")
    colleague = await talk.hire("Ben", BEN, "agent")
    listen = {"mode": "listen"}
    path = talk.of_contact("supervise")
    assert (await talk.ask(stranger, "POST", path, listen))[0] == 404
    assert (await talk.ask(colleague, "POST", path, listen))[0] == 403
    assert (await talk.ask(stranger, "POST", talk.of_contact("take-over")))[0] == 404
    assert (await talk.ask(stranger, "GET", "/board/calls"))[1]["calls"] == []
    boss = await talk.hire("Boss", BOSS, "supervisor")
    status, problem = await talk.ask(boss, "POST", path, {"mode": "normal"})
    assert (status, problem["code"]) == (422, "guest.mode")
    status, problem = await talk.ask(boss, "POST", talk.of_contact("ask-by-phone"), _to(PLUMBER))
    assert (status, problem["code"]) == (409, "contact.not_yours")
    assert talk.desk.dialled(BOSS) == 0


async def test_a_colleague_is_asked_while_music_plays_and_then_has_the_call(talk: Talk) -> None:
    ben = await talk.hire("Ben", BEN, "agent", "south")
    asked = {"agent_id": ben.user_id}
    away = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), asked)
    assert (away[0], away[1]["code"]) == (409, "transfer.agent_away")
    async with ben.console.signed_in():
        await ben.console.set_state("not_ready", "backoffice")
        status, begun = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), asked)
        assert status == 200
        leg = await talk.desk.provider.agent_leg(BEN)
        await talk.agent.until_hears({BEN})
        assert talk.customer.hears_now() == {"music"}
        assert leg.hears_now() == {ANN}
        again = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), _to(PLUMBER))
        assert again[1]["code"] == "guest.asking"
        # Ben is of another team: as long as he is on the call he may look at it.
        assert (await talk.ask(ben, "GET", f"/contacts/{talk.contact_id}"))[0] == 200
        await talk.until_guest(talk.guests, "joined")
        done = await talk.desk.ask("POST", f"/guests/{begun['id']}/complete")
        assert done == (200, {"contact_id": talk.contact_id, "given": True})
        await talk.agent.until("ended")
        await talk.customer.until_hears({BEN})
        await ben.console.until(lambda: _is_active(ben.console, talk.contact_id))
    assert await talk.said() == ["call_asked", "transferred"]


async def test_a_question_is_broken_off_and_the_customer_comes_back(talk: Talk) -> None:
    _, begun = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), _to(PLUMBER))
    await talk.until_guest(talk.guests, "joined")
    await talk.desk.until(talk.contact_id, "hold", "talking")
    assert (await talk.desk.ask("POST", f"/guests/{begun['id']}/drop"))[0] == 204
    await talk.customer.until_hears({ANN})
    await talk.desk.until(talk.contact_id, "active", "talking")
    assert (await talk.guests())[1]["items"] == []


async def test_a_customer_is_passed_on_to_an_outside_number(talk: Talk) -> None:
    order = {**_to("137 0013 7004"), "blind": True}
    assert (await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), order))[0] == 200
    await talk.agent.until("ended")
    await talk.customer.until_hears({PLUMBER})
    await talk.desk.until(talk.contact_id, "wrap_up", "talking")
    assert not talk.customer.ended  # our own end of it is no end of the call
    assert await talk.said() == ["call_passed_on", "call_left_to"]


async def test_an_outside_number_that_is_busy_gives_the_customer_back(talk: Talk) -> None:
    talk.desk.provider.set_phone(PLUMBER, Phone("busy"))
    order = {**_to(PLUMBER), "blind": True}
    await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), order)
    guest = await talk.until_guest(talk.guests, "ended")
    assert guest["ended_as"] == "busy"
    await talk.customer.until_hears({ANN})
    assert await talk.said() == ["call_passed_on", "call_ask_busy"]


async def test_who_is_asked_of_a_queue_is_who_is_free(talk: Talk) -> None:
    busy = await talk.desk.ask("POST", talk.of_contact("ask-by-phone"), {"queue_id": "support"})
    assert (busy[0], busy[1]["code"]) == (409, "guest.nobody_free")
    ben = await talk.hire("Ben", BEN, "agent")
    async with ben.console.signed_in():
        await ben.console.set_state("ready")
        asked = await talk.desk.ask(
            "POST", talk.of_contact("ask-by-phone"), {"queue_id": "support"}
        )
        assert asked[0] == 200
        guest = await talk.until_guest(talk.guests, "joined")
        assert guest["user_id"] == ben.user_id


def _to(number: str) -> dict[str, Any]:
    return {"number": number}


def _is_active(console: HeadlessAgent, contact_id: str) -> bool:
    row = console.contacts.get(contact_id)
    return row is not None and row.state == "active"
