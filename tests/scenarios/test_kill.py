"""kill -9 in the middle of traffic from every channel: nothing acknowledged is lost, nothing is
twice, on SQLite and on PostgreSQL.

Chats, SMTP, a mailbox fetched by IMAP, calls and faxes go on while the hub, a process of its own,
is killed; each time only after every channel had something acknowledged since the last kill.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.contacts.tables import entry_points
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.demo.child import HubProcess
from hub.settings import Security
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.testing.twilio_simulator import TwilioSimulator
from tests.conftest import skip_missing

from .outage import ANSWERS, CHANNELS, DONE, MAILBOX, Stored, World, insist, read_stored
from .stage import HOTLINE

_ANSWER = re.compile(rb"answer ([0-9a-f-]{36})")
KILLS = 3
PACE = 10.0
_PATIENCE_S = 120.0  # for what takes seconds on a quiet machine


@dataclass
class Killable:
    hub: HubProcess
    world: World
    database_url: str

    async def kill(self) -> None:
        self.hub.kill()
        async with asyncio.timeout(_PATIENCE_S):
            await self.hub.ready.wait()

    async def settled(self) -> Stored:
        """Wait until everything has been fetched, sent and ended; return what is stored then."""
        world = self.world
        waits: list[str] = []
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while True:
                    await world.look_into_mailbox()
                    stored = await asyncio.to_thread(
                        read_stored, self.database_url, world.ended_calls()
                    )
                    unread = world.ledger.asked["imap"] - world.ledger.acknowledged["imap"]
                    waits = stored.under_way + [f"mailbox {mark}" for mark in unread]
                    if not waits:
                        return stored
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pytest.fail(f"still under way after {_PATIENCE_S:.0f} s: {Counter(waits)}")


@pytest.mark.timeout(600)
async def test_what_was_acknowledged_survives_kill_9_exactly_once(
    tmp_path: Path, database_url: str
) -> None:
    async with asyncio.TaskGroup() as tasks, AsyncExitStack() as held:
        killable, keys = await _open(held, tasks, tmp_path, database_url)
        world = killable.world
        agents = [tasks.create_task(world.works(key)) for key in keys]
        held.callback(_cancel, agents)
        async with asyncio.TaskGroup() as customers:
            for work in (
                *(world.chats() for _ in range(3)),
                *(world.mails(name) for name in ("chen", "wang")),
                world.posts(),
                *(world.calls(f"+861380013800{number}") for number in range(2)),
                world.faxes(61230001),
            ):
                customers.create_task(work)
            for _ in range(KILLS):
                await world.ledger.served(_PATIENCE_S)
                await killable.kill()
            await world.ledger.served(_PATIENCE_S)
            world.over.set()
        stored = await killable.settled()
        _nothing_in_is_lost_or_twice(world, stored)
        _nothing_out_is_lost_or_twice(world, stored)
        await _chats_hold_each_answer_once(world)
        assert killable.hub.starts == KILLS + 1


async def _open(
    held: AsyncExitStack, tasks: asyncio.TaskGroup, folder: Path, database_url: str
) -> tuple[Killable, list[str]]:
    """Start the outside and the hub; return them and the agents' keys."""
    try:
        imap = held.enter_context(PrivateDovecot())
    except DovecotMissing as missing:
        skip_missing(str(missing))
    sink = await held.enter_async_context(SmtpSink())
    phones = await held.enter_async_context(TwilioSimulator(pace=PACE))
    keys = await _seed(database_url)
    ports = [free_port() for _ in range(3)]
    settings = folder / "hub.toml"
    settings.write_text(_settings(folder, database_url, ports, sink, phones, imap))
    base_url = f"http://127.0.0.1:{ports[0]}"
    phones.add_number(HOTLINE, f"{base_url}/channels/hotline")
    hub = HubProcess(settings, base_url, folder / "hub.log", "tests.scenarios.patient_hub")
    held.callback(_cancel, [tasks.create_task(hub.run())])
    async with asyncio.timeout(_PATIENCE_S):
        await hub.ready.wait()
    world = World(base_url, f"ws://127.0.0.1:{ports[1]}", ports[2], sink, phones, imap)
    return Killable(hub, world, database_url), keys


def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()


def _nothing_in_is_lost_or_twice(world: World, stored: Stored) -> None:
    ledger = world.ledger
    for channel in CHANNELS:
        acknowledged, asked = ledger.acknowledged[channel], ledger.asked[channel]
        assert len(acknowledged) > KILLS, channel
        assert [mark for mark in acknowledged if stored.marks[mark] == 0] == [], channel
        assert [mark for mark in asked if stored.marks[mark] > 1] == [], channel
    assert stored.gaps == []


def _nothing_out_is_lost_or_twice(world: World, stored: Stored) -> None:
    """On the wire: a receipt at most once, an answer at least once under one Message-ID."""
    receipts: Counter[str] = Counter()
    answers: defaultdict[str, set[bytes]] = defaultdict(set)
    for mail in (message_from_bytes(sunk.raw) for sunk in world.sink.mails):
        if mail.get("Auto-Submitted", "no") != "no":
            receipts[str(mail["In-Reply-To"])] += 1
        else:
            answers[str(mail["Message-ID"])].update(_ANSWER.findall(mail.as_bytes()))
    assert len(receipts) >= KILLS
    assert [mark for mark, times in receipts.items() if times > 1] == []
    assert set(answers) == set(stored.mailed)
    assert max(stored.mailed.values()) == max(len(marks) for marks in answers.values()) == 1
    said = Counter(mark.decode() for marks in answers.values() for mark in marks)
    assert max(said.values()) == 1
    for way in ANSWERS:
        acknowledged = world.ledger.acknowledged[way]
        assert len(acknowledged) > KILLS, way
        assert [mark for mark in acknowledged if stored.answers[mark] != 1] == [], way
    written = world.ledger.acknowledged["answer to email"]
    assert [mark for mark in written if said[mark] != 1] == []


async def _chats_hold_each_answer_once(world: World) -> None:
    """Each chat page comes back once more; it holds every answer, each at one place."""
    answered = set(world.ledger.acknowledged["answer to webchat"])  # what follows is answered too
    seen: Counter[str] = Counter()
    for page in world.pages:
        await page.close()
        await insist(partial(world.write_chat, page, new_id()))
        await page.close()
        places = {(message.seq, message.text) for message in page.messages}
        seen.update(text for _, text in places if text.startswith("answer "))
    assert [mark for mark in answered if seen[f"answer {mark}"] != 1] == []
    assert max(seen.values()) == 1


async def _seed(database_url: str) -> list[str]:
    """Open the small center with four agents; return their API keys."""
    passwords = Passwords()
    try:
        async with Store(database_url, Bus()) as store:
            await store.write(open_center, None)
            await store.write(_read_no_text, None)
            accounts = Accounts(store, passwords, Security())
            agents = [await store.write(add_agent, name) for name in ("Li", "Wu", "He", "Ma")]
            made = [await accounts.add_api_key(SYSTEM, agent, "outage") for agent in agents]
            return [key.key for key in made]
    finally:
        passwords.close()


def _read_no_text(tx: Tx, _: None) -> None:
    """Faxes are taken without OCR: seconds of CPU each, and no part of this."""
    settings = {"reply_to": "{number}@fax.example.test", "ocr": False}
    tx.execute(update(entry_points).where(entry_points.c.id == "fax").values(settings=settings))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _settings(
    folder: Path,
    database_url: str,
    ports: list[int],
    sink: SmtpSink,
    phones: TwilioSimulator,
    imap: PrivateDovecot,
) -> str:
    text = json.dumps  # a JSON string is a TOML string

    def mailbox(key: str, more: str = "") -> str:
        smtp = f'{{ host = "127.0.0.1", port = {sink.port}, tls = "none" }}'
        return f"[[mail.mailboxes]]\nentry_point = {text(key)}\nsmtp = {smtp}\n{more}\n"

    fetched = (
        f'imap = {{ host = "127.0.0.1", port = {imap.port}, tls = "none", user = {text(MAILBOX)},'
        f" password = {text(PASSWORD)} }}\nprocessed_folder = {text(DONE)}"
    )
    return f"""data_dir = {text(str(folder / "data"))}
database_url = {text(re.sub("[+][a-z0-9]+:", ":", database_url))}
[server]
port = {ports[0]}
chat_port = {ports[1]}
mail_port = {ports[2]}
[backup]
keep = 0
[limits]
chat_messages_per_minute = 6000
[twilio]
account_sid = {text(phones.account_sid)}
auth_token = {text(phones.auth_token)}
base_url = {text(phones.base_url)}
[mail]
poll_s = 1
{mailbox("mail")}{mailbox("fax")}{mailbox("finance-mail", fetched)}"""
