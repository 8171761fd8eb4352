"""Machines that answer machines: two hubs that write to each other, and vacation responders."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import aiosmtplib
import msgspec
import pytest
from sqlalchemy import func, select, update

from hub.app import Hub
from hub.contacts.tables import entry_points, interactions
from hub.settings import Mail, Mailbox, MailServer
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.center import open_center
from hub.testing.hub import hub_settings, running_hub
from hub.testing.mail import SmtpSink, SunkMail

from .stage import settled
from .test_email import parsed

_AUTO = re.compile(rb"^(?:Auto-Submitted|X-Auto-Response-Suppress|Precedence):.*\r\n", re.I | re.M)


@dataclass
class Side:
    """A hub at `support@NAME.test`, and what it has sent."""

    name: str
    hub: Hub
    sent: SmtpSink

    @property
    def address(self) -> str:
        return f"support@{self.name}.test"

    async def take(self, raw: bytes, sender: str) -> None:
        port = self.hub.settings.server.mail_port
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            await client.mail(sender)  # the null sender too
            await client.rcpt(self.address)
            await client.data(raw)


@pytest.mark.parametrize(
    ("strips", "sender", "answers"),
    [(False, "", 0), (True, "", 0), (True, "bounces@relay.test", 1)],
    ids=["as sent", "its headers lost", "its headers and the null sender lost"],
)
async def test_two_hubs_that_acknowledge_each_other_stop_at_one_each(
    tmp_path: Path, strips: bool, sender: str, answers: int
) -> None:
    async with _a_side(tmp_path, "one") as one, _a_side(tmp_path, "two") as two:
        await one.take(_letter(two.address, one.address), two.address)
        carried = 0
        for here, there in ((one, two), (two, one)) * 3:
            if here.sent.mails[carried // 2 :] or await _comes(here, carried // 2 + 1):
                mail = here.sent.mails[carried // 2]
                await there.take(_AUTO.sub(b"", mail.raw) if strips else mail.raw, sender)
                carried += 1
            else:
                break
        # What is not sent was decided in the transaction that filed the last mail.
        assert len(one.sent.mails) == 1
        assert len(two.sent.mails) == answers
        assert await one.hub.store.read(_filed, None) == 1 + answers
        assert await two.hub.store.read(_filed, None) == 1


async def _comes(side: Side, count: int) -> bool:
    """Say whether so many were sent, once all is sent that was decided."""
    await settled(lambda: _all_is_sent(side))
    return len(side.sent.mails) >= count


async def _all_is_sent(side: Side) -> bool:
    return await side.hub.store.read(_unsent, None) == 0


def _unsent(tx: Tx, _: None) -> int:
    waits = outbox.c.finished_at.is_(None)
    return int(tx.execute(select(func.count()).select_from(outbox).where(waits)).scalar_one())


def _letter(sender: str, to: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Our order"
    message["Message-ID"] = make_msgid(domain="letter.test")
    message.set_content("Where is it?")
    return message.as_bytes().replace(b"\n", b"\r\n")


def _filed(tx: Tx, _: None) -> int:
    incoming = select(func.count()).where(interactions.c.direction == "in")
    return int(tx.execute(incoming).scalar_one())


@asynccontextmanager
async def _a_side(folder: Path, name: str) -> AsyncIterator[Side]:
    def seed(tx: Tx, _: None) -> None:
        open_center(tx)
        mine = entry_points.c.id == "mail"
        tx.execute(update(entry_points).where(mine).values(address=f"support@{name}.test"))

    async with AsyncExitStack() as held:
        sink = await held.enter_async_context(SmtpSink())
        smtp = MailServer(host="127.0.0.1", port=sink.port, tls="none")
        mail = Mail(mailboxes=(Mailbox(entry_point="mail", smtp=smtp),), check_senders=False)
        settings = msgspec.structs.replace(hub_settings(folder / name), mail=mail)
        yield Side(name, await held.enter_async_context(running_hub(settings, seed)), sink)


VACATION = {
    "as RFC 3834 says": {"Auto-Submitted": "auto-replied", "In-Reply-To": "{id}"},
    "Exchange": {"X-Auto-Response-Suppress": "All", "Subject": "Automatic reply: {subject}"},
    "vacation(1)": {"Precedence": "bulk", "Subject": "away from my mail"},
    "only the subject": {"Subject": "Out of Office: {subject}"},
    "Chinese": {"Subject": "自动回复: {subject}"},
    "only the thread": {"In-Reply-To": "{id}", "Subject": "Re: {subject}"},
}


async def test_whoever_is_away_gets_one_acknowledgement(tmp_path: Path) -> None:
    async with _a_side(tmp_path, "one") as hub:
        for number, headers in enumerate(VACATION.values()):
            customer = f"away{number}@customer.test"
            await hub.take(_letter(customer, hub.address), customer)
            [*_, acknowledgement] = await hub.sent.wait_for(number + 1)
            await hub.take(_away(acknowledgement, customer, headers), customer)
        # The last answer is filed by now, and with it was decided whether it is acknowledged.
        await settled(lambda: _all_is_sent(hub))
        got = [mail.recipients for mail in hub.sent.mails]
        assert got == [(f"away{number}@customer.test",) for number in range(len(VACATION))]
        assert await hub.hub.store.read(_filed, None) == 2 * len(VACATION)


def _away(acknowledgement: SunkMail, customer: str, headers: dict[str, str]) -> bytes:
    receipt = parsed(acknowledgement)
    message = EmailMessage()
    message["From"], message["To"] = customer, str(receipt["From"])
    message["Message-ID"] = make_msgid(domain="customer.test")
    known = {"id": str(receipt["Message-ID"]), "subject": str(receipt["Subject"])}
    for name, value in {"Subject": "I am away", **headers}.items():
        message[name] = value.format(**known)
    message.set_content("I am away until Monday.")
    return message.as_bytes().replace(b"\n", b"\r\n")
