"""What the hub asks of the provider, and what the simulator answers, is as the provider publishes.

Each exchange passes Prism in proxy mode against the provider's own OpenAPI document.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.channels.phone.guests.model import Guest
from hub.channels.phone.model import Call, Connection, Leg
from hub.channels.phone.port import Failed, LegSnapshot, Trouble
from hub.channels.phone.recording.port import TapeSnapshot
from hub.channels.phone.twilio import TwilioPort
from hub.channels.phone.twilio.twiml import Style, Urls
from hub.channels.sms.provider import Provider, Text
from hub.contacts.effects import Done, Hangup, Hold, Unhold
from hub.contacts.guests.model import GuestMode, GuestRole
from hub.contacts.inbound import CallMoment
from hub.core.bus import Bus
from hub.settings import Secret, Twilio
from hub.storage import DirectoryBlobs, Store
from hub.testing import twilio_simulator as simulated
from hub.testing.databases import SqliteTemplate
from hub.testing.twilio_simulator import TwilioSimulator
from hub.testing.twilio_simulator.state import API_VERSION
from hub.vendors.twilio import Account, Fault, TwilioTransport
from hub.vendors.twilio.check import check_phone_lines
from hub.vendors.twilio.numbers import PhoneLine, point_here
from tests.conftest import skip_missing
from tests.integration.phone.conftest import AGENT, CHEN, OURS, SOFTPHONE, Office, in_service
from tests.integration.phone.prism.proxy import API, PRISM, Proxy, prism_before

NOBODY = "CA" + "0" * 32
LI = "+8613900139000"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64

# What the simulator serves for those who look at it, and the hub asks for nowhere.
UNASKED = {
    "GET /Conferences.json",
    "GET /Conferences/*.json",
    "POST /Conferences/*.json",
    "GET /Conferences/*/Participants.json",
    "GET /Conferences/*/Participants/*.json",
}


@pytest.fixture
async def proxy(provider: TwilioSimulator) -> AsyncIterator[Proxy]:
    if not (PRISM.exists() and API.exists()):
        skip_missing("Prism and the provider's document (make provider-document)")
    async with prism_before(provider.base_url) as opened:
        yield opened


@pytest.fixture
async def office(
    sqlite_template: SqliteTemplate,
    tmp_path: Path,
    bus: Bus,
    blobs: DirectoryBlobs,
    provider: TwilioSimulator,
    proxy: Proxy,
) -> AsyncIterator[Office]:
    async with (
        Store(sqlite_template.create(tmp_path), bus) as store,
        in_service(store, blobs, provider, api_url=proxy.base_url) as opened,
    ):
        yield opened


async def test_every_exchange_is_as_the_provider_publishes(office: Office, proxy: Proxy) -> None:
    await _a_call_in(office, proxy)
    await _a_call_out(office)
    await _a_voicemail(office)
    await _looking_up(office, proxy)
    await _texts(office, proxy)
    await _numbers(office, proxy)
    assert proxy.violations == []
    assert office.provider.alerts == []
    seen = {one.what for one in proxy.exchanges}
    assert seen >= served(office.provider) - UNASKED
    assert {one.status for one in proxy.exchanges} >= {200, 201, 204, 400, 404}


async def test_what_is_not_as_published_is_noticed(office: Office, proxy: Proxy) -> None:
    """Prism is no witness who says yes to everything."""
    twilio = TwilioTransport(proxy.base_url)
    account, token = office.provider.account_sid, office.provider.auth_token
    url = f"/{API_VERSION}/Accounts/{account}"
    wrong: tuple[tuple[str, str, dict[str, object] | None], ...] = (
        ("POST", "/Calls.json", {"From": OURS, "Url": "http://127.0.0.1:9/"}),  # without To
        ("POST", "/Calls.json", {"From": OURS, "To": CHEN, "Timeout": "soon"}),
        ("POST", "/Calls.json", {"From": OURS, "To": CHEN, "StatusCallbak": "http://h.example/"}),
        ("GET", "/Calls/nobody.json", None),
        ("GET", "/Elsewhere.json", None),
    )
    for method, path, form in wrong:
        await twilio.request(method, f"{url}{path}", None, form, None, (account, token))
    await twilio.close()
    assert len(proxy.exchanges) == len(wrong)
    assert [one for one in proxy.exchanges if not one.violations] == []


def served(provider: TwilioSimulator) -> set[str]:
    """Return what the simulator serves of the document, as `Exchange.what` writes it."""
    prefix = f"/{API_VERSION}/Accounts/{{account}}"
    found = set()
    for route in provider.api.application().router.routes():
        path = "" if route.resource is None else route.resource.canonical
        if route.method != "HEAD" and path.endswith(".json"):
            parts = path.removeprefix(prefix).split("/")
            plain = ["*.json" if part.endswith("}.json") else part for part in parts]
            found.add(f"{route.method} {'/'.join('*' if '{' in p else p for p in plain)}")
    return found


async def _a_call_in(office: Office, proxy: Proxy) -> None:
    """Ring, bring into the room, hold, go on, record, listen in, hang up."""
    caller = await office.call()
    assert isinstance(await office.connect(), Done)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    contact_id = office.door.contact_of(CHEN)
    for effect in (Hold(contact_id=contact_id), Unhold(contact_id=contact_id)):
        assert isinstance(await office.channel.perform("hotline", effect), Done)
    async with a_port(office.provider, proxy.base_url) as port:
        await _a_recording(port, caller.sid)
        await _captions(port, caller.sid)
        await _a_guest(office, port)
    await office.channel.perform("hotline", Hangup(contact_id=contact_id))
    await caller.until("ended")


async def _a_recording(port: TwilioPort, call_sid: str) -> None:
    tapes = port.recordings
    begun = await tapes.start(call_sid, "recording")
    assert isinstance(begun, TapeSnapshot)
    assert await tapes.find(call_sid) == begun
    for paused in (True, False):
        assert isinstance(await tapes.turn(call_sid, begun.sid, paused=paused), TapeSnapshot)
    assert await tapes.stop(call_sid, begun.sid) is None
    assert isinstance(await tapes.snapshot(begun.sid), TapeSnapshot)
    assert await tapes.delete(begun.sid) is None


async def _captions(port: TwilioPort, call_sid: str) -> None:
    call = Call("k", "hotline", call_sid, CHEN, OURS, "en", datetime.now(UTC))
    assert await port.start_captions(call) is None
    assert await port.stop_captions(call) is None
    gone = await port.stop_captions(call)
    assert isinstance(gone, Failed)
    assert gone.trouble is Trouble.GONE


async def _a_guest(office: Office, port: TwilioPort) -> None:
    """Listen, whisper, barge: asked of a seat that nobody has, after the agent's own leg."""
    [room] = office.provider.exchange.rooms.conferences.values()
    agent = await office.provider.agent_leg(SOFTPHONE)
    connection = Connection("c", AGENT, SOFTPHONE, room.created_at, Leg(agent.sid), room.sid)
    for mode in GuestMode:
        guest = Guest("g", "k", "c", GuestRole.SUPERVISOR, mode, "client:s", "s", room.created_at)
        for silent in (False, True):
            gone = await port.set_guest(connection, guest, silent=silent)
            assert isinstance(gone, Failed)
            assert gone.trouble is Trouble.GONE


async def _a_call_out(office: Office) -> None:
    assert isinstance(await office.dial(LI), Done)
    await office.door.until(lambda: "outgoing" in [one.contact_id for one in office.door.reports])
    customer = await office.provider.agent_leg(LI)
    await customer.until("room")
    await customer.hang_up()


async def _a_voicemail(office: Office) -> None:
    caller = await office.call()
    await caller.press("2")
    await caller.until("message")
    await caller.say("please call me back about my order, I am at home all day")
    await caller.press("#")
    await office.provider.until(lambda: office.provider.recordings == [])


async def _looking_up(office: Office, proxy: Proxy) -> None:
    """The questions of the sweeps, and the refusals that they live with."""
    provider = office.provider
    noon = datetime.now(UTC) - timedelta(minutes=1)
    call = Call("k", "hotline", NOBODY, OURS, CHEN, "en", noon, outbound=True, dialled_at=noon)
    connection = Connection("c", AGENT, SOFTPHONE, noon)
    async with a_port(provider, proxy.base_url) as port:
        found = await port.find_agent_leg(connection)
        assert isinstance(found, LegSnapshot)
        assert isinstance(await port.find_customer_leg(call), LegSnapshot | None)
        assert isinstance(await port.snapshot(found.sid), LegSnapshot)
        for gone in (
            await port.snapshot(NOBODY),
            await port.hang_up(NOBODY),
            await port.hang_up(found.sid),  # it has ended
            await port.to_waiting_room(call),
            await port.delete_recording("RE" + "0" * 32),
        ):
            assert isinstance(gone, Failed)
            assert gone.trouble is Trouble.GONE
        provider.set_trouble(simulated.Trouble(429, retry_after_s=0.1, path=NOBODY))
        limited = await port.hang_up(NOBODY)
        assert isinstance(limited, Failed)
        assert limited.trouble is Trouble.AGAIN


async def _texts(office: Office, proxy: Proxy) -> None:
    provider = office.provider
    provider.add_text_number(OURS, f"{office.base_url}/channels/hotline")
    transport = TwilioTransport(proxy.base_url)
    texts = Provider(_account(provider, proxy.base_url), transport)
    text = Text(OURS, CHEN, "师傅明天上午到。", f"{office.base_url}/channels/texts/sms-status")
    since = datetime.now(UTC) - timedelta(minutes=1)
    sent = await texts.send(text)
    assert not isinstance(sent, Fault)
    assert not isinstance(await texts.fetch_state(sent.sid), Fault)
    assert not isinstance(await texts.find_sent(text, since), Fault)
    await provider.texts.receive(CHEN, OURS, "See", media=[(PICTURE, "image/png")], quietly=True)
    arrived = await texts.list_arrived(OURS, since)
    assert not isinstance(arrived, Fault)
    assert not isinstance(await texts.with_media(arrived[0].text), Fault)
    refused = await texts.send(Text(OURS, "nobody", "Hello", text.callback_url))
    assert isinstance(refused, Fault)
    await texts.close()


async def _numbers(office: Office, proxy: Proxy) -> None:
    provider = office.provider
    account = Twilio(
        account_sid=provider.account_sid,
        auth_token=Secret(provider.auth_token),
        base_url=proxy.base_url,
    )
    provider.add_text_number(OURS, "https://old.example")
    lines = [PhoneLine("hotline", OURS), PhoneLine("texts", OURS, texts=True)]

    def ask() -> set[str]:
        told = [found.code for found in check_phone_lines(account, "https://hub.example", lines)]
        return {*told, *(one.found.code for one in point_here(account, "https://h.example", lines))}

    assert await asyncio.to_thread(ask) >= {
        "phone.active", "phone.elsewhere", "phone.written", "texts.elsewhere", "texts.written",
    }  # fmt: skip


@asynccontextmanager
async def a_port(provider: TwilioSimulator, api_url: str) -> AsyncIterator[TwilioPort]:
    account = _account(provider, api_url)
    urls = Urls.of("http://127.0.0.1:9", "hotline")
    style = Style(urls, {}, urls("music.wav"), 60)
    port = TwilioPort(account, TwilioTransport(api_url), style, calls_per_second=100.0)
    try:
        yield port
    finally:
        await port.close()


def _account(provider: TwilioSimulator, api_url: str) -> Account:
    return Account(provider.account_sid, provider.auth_token, base_url=api_url)
