"""From a mail's arrival to the offer on an agent's screen, by the hub's own SMTP and over IMAP.

The clock starts when the customer's server begins to hand the mail over (SMTP), or when the mailbox
has it (IMAP), and stops when the frame of its offer is at the console's socket: stored, filed,
acknowledged in the outbox, matched and offered in between. The mailbox is Dovecot's, read by IDLE;
how long Dovecot itself takes to tell an idle client is measured beside it, on the same mails in a
second mailbox (in the same one the hub's marks would wake it early).
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import aiosmtplib
import click

from hub.agent_console.client import HeadlessAgent
from hub.settings import MailServer, Secret
from hub.storage import Tx
from hub.testing.center import add_agent, open_center
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.vendors.mail.imap import ImapSession

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .machine import LOAD_CORE, pin
from .served import Served, a_served_hub, prepared, write_settings

_GOAL_MS = 1_000.0
_AGENTS = 6
MAILBOX_USER = "support"
_BARE_USER = "bare"
_GIVE_UP_S = 90.0  # longer than the poll behind IDLE: what only the poll finds is seen as late
_BODY = "The washing machine leaks since yesterday. Order 4711. 洗衣机从昨天开始漏水。\n" * 8


class Arrivals:
    """When each mail, known by its subject, was handed over and when it was on a screen."""

    def __init__(self) -> None:
        self._sent: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._readers: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    @asynccontextmanager
    async def seen_by(self, *readers: Coroutine[None, None, None]) -> AsyncIterator[None]:
        """Run `readers` while the block runs; one that breaks ends the measurement at once."""
        tasks = [asyncio.create_task(reader) for reader in readers]
        self._readers += tasks
        for task in tasks:
            task.add_done_callback(lambda _: self._news.set())
        try:
            yield
        finally:
            for task in tasks:
                self._readers.remove(task)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def sent(self, subject: str, at: float) -> None:
        self._sent[subject] = at
        self._check_readers()

    def seen(self, subject: str) -> None:
        self._seen.setdefault(subject, time.perf_counter())
        self._news.set()

    async def wait(self, count: int) -> None:
        """Wait until `count` were seen. Raises RuntimeError after a time without any."""
        while len(self._seen) < count:
            self._check_readers()
            self._news.clear()
            try:
                async with asyncio.timeout(_GIVE_UP_S):
                    await self._news.wait()
            except TimeoutError:
                raise RuntimeError(f"only {len(self._seen)} of {count} mails were seen") from None

    def _check_readers(self) -> None:
        for reader in self._readers:
            if reader.done():
                reader.result()

    def took_ms(self) -> list[float]:
        return [1000 * (self._seen[key] - at) for key, at in self._sent.items()]


async def measure(
    folder: Path, ways: list[str], mails: int, per_s: float, step: Callable[[str], None]
) -> list[Figure]:
    """Send `mails` by each of `ways` and return the rows."""
    keys = await prepared(
        folder, open_center, lambda tx, _: [_hire(tx, f"agent{n}") for n in range(_AGENTS)]
    )
    rows = []
    async with SmtpSink() as sink:
        with contextlib.ExitStack() as held:
            dovecot = held.enter_context(PrivateDovecot()) if "imap" in ways else None
            settings = write_settings(folder, {}, mailbox_settings(sink.port, dovecot))
            async with a_served_hub(settings) as hub:
                for way in ways:
                    step(f"{mails} mails by {way.upper()}, about {mails / per_s:.0f} s")
                    rows += await _by(way, hub, keys, dovecot, mails, per_s)
    return rows


async def _by(
    way: str, hub: Served, keys: list[str], dovecot: PrivateDovecot | None, mails: int, per_s: float
) -> list[Figure]:
    arrivals = Arrivals()
    told = Arrivals()
    by_imap = dovecot is not None and way == "imap"
    async with contextlib.AsyncExitStack() as held:
        for key in keys:
            await held.enter_async_context(_a_desk(hub.addresses.base_url, key, arrivals))
        if dovecot is not None and by_imap:
            boxes = [dovecot.connect(user) for user in (MAILBOX_USER, _BARE_USER)]
            for box in boxes:
                held.callback(box.logout)
            await held.enter_async_context(_a_bare_reader(dovecot, told))
        for number in range(mails):
            # Uneven, so that mails also come while the one before is still under way.
            await asyncio.sleep(random.expovariate(per_s))
            subject = f"{way} {number}"
            if by_imap:
                mailbox, bare = boxes
                arrivals.sent(subject, await asyncio.to_thread(append, mailbox, a_mail(subject)))
                at = await asyncio.to_thread(append, bare, a_mail(subject))
                told.sent(str(number + 1), at)
            else:
                arrivals.sent(subject, time.perf_counter())
                await _send(hub.addresses.mail_port, a_mail(subject))
        await arrivals.wait(mails)
        if by_imap:
            await told.wait(mails)
    rows = [_row(way, mails, per_s, arrivals.took_ms())]
    if by_imap:
        rows += _beside_dovecot(arrivals.took_ms(), told.took_ms())
    return rows


def _row(way: str, mails: int, per_s: float, took: list[float]) -> Figure:
    note = f"{mails} mails, {per_s:g}/s; p50 {percentile(took, 50):.0f} ms, "
    note += f"slowest {max(took):,.0f} ms"
    name = f"mail in by {way.upper()} → console, p95"
    return Figure(name, percentile(took, 95), "ms", at_most=_GOAL_MS, note=note)


def _beside_dovecot(took: list[float], bare: list[float]) -> list[Figure]:
    note = f"p50 {percentile(bare, 50):.0f} ms"
    own = percentile(took, 50) - percentile(bare, 50)
    return [
        Figure("… a bare IDLE client is told by Dovecot, p95", percentile(bare, 95), "ms",
               note=note),
        Figure("… the hub beside it, p95", percentile(took, 95) / percentile(bare, 95), "×",
               note=f"p50 {own:+.0f} ms"),
    ]  # fmt: skip


# ---- the agents -----------------------------------------------------------------------------


def _hire(tx: Tx, name: str) -> str:
    return add_agent(tx, name)


@asynccontextmanager
async def _a_desk(base_url: str, key: str, arrivals: Arrivals) -> AsyncIterator[None]:
    """An agent who takes each mail that is offered and closes it at once."""
    agent = HeadlessAgent(base_url, key)
    async with agent.signed_in():
        await agent.set_state("ready")
        async with arrivals.seen_by(_handle(agent, arrivals), agent.lost()):
            yield
        await agent.set_state("not_ready", "break")


async def _handle(agent: HeadlessAgent, arrivals: Arrivals) -> None:
    taken: set[str] = set()
    while True:
        await agent.until(lambda: bool(agent.offers.keys() - taken), timeout_s=3600)
        new = [offer for key, offer in agent.offers.items() if key not in taken]
        for offer in new:
            arrivals.seen(offer.contact.subject or "")
        for offer in new:
            taken.add(offer.id)
            await agent.close(await agent.accept(offer.id), "repair", "solved")


# ---- the customers --------------------------------------------------------------------------


def a_mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Chen Li <{subject.replace(' ', '')}@example.test>"
    message["To"] = "support@example.test"
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="example.test")
    message.set_content(_BODY)
    return message


async def _send(port: int, message: EmailMessage) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


def append(mailbox: imaplib.IMAP4, message: EmailMessage) -> float:
    """Put a mail into the mailbox; return when it was there."""
    mailbox.append("INBOX", "", imaplib.Time2Internaldate(time.time()), bytes(message))
    return time.perf_counter()


def mailbox_settings(smtp_port: int, dovecot: PrivateDovecot | None) -> str:
    """Return the settings of the support mailbox."""
    text = f"""
[[mail.mailboxes]]
entry_point = "mail"
[mail.mailboxes.smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
"""
    if dovecot is None:
        return text
    return f"""{text}
[mail.mailboxes.imap]
host = "127.0.0.1"
port = {dovecot.port}
tls = "none"
user = {json.dumps(MAILBOX_USER)}
password = {json.dumps(PASSWORD)}
"""


@asynccontextmanager
async def _a_bare_reader(dovecot: PrivateDovecot, told: Arrivals) -> AsyncIterator[None]:
    """A client of its own mailbox that only notes when it is told how many mails there are."""
    server = MailServer(
        host="127.0.0.1", port=dovecot.port, tls="none", user=_BARE_USER, password=Secret(PASSWORD)
    )
    async with ImapSession(server) as session:
        await session.select("INBOX")

        async def read() -> None:
            known = 0
            while True:
                count = len(await session.search("ALL"))
                for number in range(known, count):
                    told.seen(str(number + 1))
                known = count
                await session.idle(60)

        async with told.seen_by(read()):
            yield


@click.command()
@click.option("--way", type=click.Choice(["smtp", "imap", "both"]), default="both")
@click.option("--mails", default=150, help="How many come by each way.")
@click.option("--per-s", default=3.0, help="How many come in a second, on average.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(way: str, mails: int, per_s: float, *, quick: bool) -> None:
    """Mail in → console, beside its limit."""
    if quick:
        mails, per_s = 3, 10.0
    ways = ["smtp", "imap"] if way == "both" else [way]
    pin(LOAD_CORE)
    with a_folder() as folder, progress(len(ways)) as step, asyncio.Runner() as runner:
        try:
            rows = runner.run(measure(folder, ways, mails, per_s, step))
        except DovecotMissing as missing:
            raise click.ClickException(f"{missing} is needed; or --way smtp") from missing
    show(f"Mail in → console, {_AGENTS} agents, SQLite", rows)


if __name__ == "__main__":
    main()
