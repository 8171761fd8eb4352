"""Mail after an outage: thousands wait in the mailbox when the hub starts, and new mail comes.

How soon a new mail is filed while the old are read, and how long the old take. The mailbox is
Dovecot's; filed is what the hub has marked there, which it does after the mail is in its store.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from hub.testing.center import open_center
from hub.testing.mail import DovecotMissing, PrivateDovecot, SmtpSink
from hub.vendors.mail.imap import KEYWORD

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .machine import LOAD_CORE, pin
from .mail_to_console import MAILBOX_USER, a_mail, append, mailbox_settings
from .served import a_served_hub, prepared, write_settings

_GOAL_MS = 1_000.0
_LOOK_S = 0.05  # how often the mailbox is asked; the figure is as coarse
_BETWEEN_S = 2.0
_GIVE_UP_S = 1_200.0


async def measure(
    folder: Path, waiting: int, live: int, step: Callable[[str], None]
) -> list[Figure]:
    """Read `waiting` old mails while `live` new ones come, and return the rows."""
    await prepared(folder, open_center, lambda _tx, _: [])
    async with SmtpSink() as sink:
        with PrivateDovecot() as dovecot, _open(dovecot) as mailbox:
            step(f"{waiting} mails are put into the mailbox")
            for number in range(waiting):
                await asyncio.to_thread(append, mailbox, a_mail(f"old {number}"))
            settings = write_settings(folder, {}, mailbox_settings(sink.port, dovecot))
            async with a_served_hub(settings):
                step("the hub reads them, and new ones come")
                began = time.perf_counter()
                took_ms, behind = [], waiting
                for number in range(live):
                    await asyncio.sleep(_BETWEEN_S)
                    uid = await asyncio.to_thread(_append_uid, mailbox, f"live {number}")
                    at = time.perf_counter()
                    await _filed(mailbox, f"UID {uid}", 1)
                    took_ms.append(1000 * (time.perf_counter() - at))
                    if number == live - 1:
                        behind = waiting + live - await asyncio.to_thread(_count, mailbox, "ALL")
                await _filed(mailbox, "ALL", waiting + live)
                all_s = time.perf_counter() - began
    return [
        Figure("a new mail is filed while old ones are read, p95", percentile(took_ms, 95), "ms",
               at_most=_GOAL_MS,
               note=f"p50 {percentile(took_ms, 50):.0f} ms; {behind} still waited at the last"),
        Figure("old mails read", waiting / all_s, "1/s", note=f"{waiting} in {all_s:.0f} s"),
    ]  # fmt: skip


@contextmanager
def _open(dovecot: PrivateDovecot) -> Iterator[imaplib.IMAP4]:
    mailbox = dovecot.connect(MAILBOX_USER)
    mailbox.select("INBOX", readonly=True)
    try:
        yield mailbox
    finally:
        mailbox.logout()


def _append_uid(mailbox: imaplib.IMAP4, subject: str) -> int:
    """Put a mail into the mailbox; return its UID (RFC 4315)."""
    _, answer = mailbox.append("INBOX", "", "", bytes(a_mail(subject)))
    found = re.search(rb"APPENDUID \d+ (\d+)", answer[0])
    if found is None:
        raise RuntimeError(f"Dovecot names no UID: {answer!r}")
    return int(found.group(1))


async def _filed(mailbox: imaplib.IMAP4, which: str, count: int) -> None:
    """Wait until `count` of these mails are marked."""
    async with asyncio.timeout(_GIVE_UP_S):
        while await asyncio.to_thread(_count, mailbox, which) < count:  # noqa: ASYNC110 - not ours
            await asyncio.sleep(_LOOK_S)


def _count(mailbox: imaplib.IMAP4, which: str) -> int:
    mailbox.noop()
    found = mailbox.uid("SEARCH", f"{which} KEYWORD {KEYWORD}")[1][0]
    return len(found.split()) if isinstance(found, bytes) else 0


@click.command()
@click.option("--waiting", default=5_000, help="How many wait when the hub starts.")
@click.option("--live", default=20, help="How many come while these are read, one at a time.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(waiting: int, live: int, *, quick: bool) -> None:
    """A backlog of mail, beside its limit."""
    if quick:
        waiting, live = 50, 1
    pin(LOAD_CORE)
    with a_folder() as folder, progress(2) as step, asyncio.Runner() as runner:
        try:
            rows = runner.run(measure(folder, waiting, live, step))
        except DovecotMissing as missing:
            raise click.ClickException(f"{missing} is needed") from missing
    show(f"{waiting} mails wait in the mailbox, SQLite", rows)


if __name__ == "__main__":
    main()
