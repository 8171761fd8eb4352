"""Mail that rspamd is asked about: a local server that answers as rspamd's protocol says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.channels.email import EmailChannel
from hub.channels.mailbox.service import find_token_key
from hub.core.ids import new_id
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail.intake import MailIntake
from hub.vendors.mail.tokens import ConversationTokens
from tests.unit.mail.samples import raw_mail
from tests.unit.mail.signed import a_raw

from .conftest import POINT, mail_settings
from .test_in import post

# An answer of rspamd, with members that nobody reads.
SPAM = {
    "is_skipped": False,
    "score": 17.3,
    "required_score": 15.0,
    "action": "reject",
    "symbols": {
        "DATE_IN_PAST": {"name": "DATE_IN_PAST", "score": 1.0, "description": "old"},
        "BAYES_SPAM": {"name": "BAYES_SPAM", "score": 5.1, "options": ["99.9%"]},
        "R_DKIM_ALLOW": {"name": "R_DKIM_ALLOW", "score": -0.2},
    },
    "messages": {},
    "message-id": "x@y",
    "time_real": 0.1,
}


@dataclass
class Filter:
    """rspamd as the hub sees it."""

    answer: Any = None
    status: int = 200
    wait_s: float = 0.0
    asked: list[tuple[str, bytes]] = field(default_factory=list)  # (recipient, mail)

    async def check(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("Rcpt", ""), await request.read()))
        await asyncio.sleep(self.wait_s)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def rspamd() -> AsyncIterator[tuple[Filter, str]]:
    made = Filter(SPAM)
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/checkv2", made.check)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/"))


@pytest.fixture
def door(sqlite_store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> FakeDoor:
    return FakeDoor(sqlite_store, blobs, clock)


@pytest.fixture
def limit_s() -> float:
    """How long the filter may take: longer than machines that run tests stand still."""
    return 30.0


@pytest.fixture
async def asked(
    rspamd: tuple[Filter, str], door: FakeDoor, sink: SmtpSink, intake: MailIntake, limit_s: float
) -> AsyncIterator[Filter]:
    settings = msgspec.structs.replace(
        mail_settings(sink), rspamd_url=rspamd[1], rspamd_limit_s=limit_s, check_senders=False
    )
    channel = EmailChannel(door, [POINT], settings, intake, max_bytes=1_000_000)
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(channel.run())]
    yield rspamd[0]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_rspamd_calls_spam_waits_apart_and_says_why(
    asked: Filter, intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("plain_english"))
    (inbound,) = door.inbounds
    assert inbound.quarantine_reason == "spam: rspamd 17.3 of 15.0: BAYES_SPAM, DATE_IN_PAST"
    assert (inbound.acknowledge, inbound.no_acknowledge_reason) == (False, "spam")
    [(recipient, raw)] = asked.asked
    assert recipient == "support@shop.example"
    assert raw == raw_mail("plain_english")


@pytest.mark.parametrize("action", ["no action", "greylist", "soft reject"])
async def test_what_it_lets_pass_is_filed(
    asked: Filter, intake: MailIntake, door: FakeDoor, action: str
) -> None:
    asked.answer = SPAM | {"action": action}
    await post(intake, raw_mail("plain_english"))
    (inbound,) = door.inbounds
    assert inbound.quarantine_reason is None
    assert inbound.acknowledge


@pytest.mark.parametrize("limit_s", [0.5])
@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"answer": ["no verdict"]}, {"wait_s": 2.0}],
    ids=["fails", "answers something else", "is slow"],
)
async def test_without_a_verdict_mail_is_filed_and_the_filter_rests(
    asked: Filter, intake: MailIntake, door: FakeDoor, fault: dict[str, Any]
) -> None:
    for name, value in fault.items():
        setattr(asked, name, value)
    await post(intake, raw_mail("plain_english"))
    await post(intake, raw_mail("reply_gmail"))
    assert [inbound.quarantine_reason for inbound in door.inbounds] == [None, None]
    assert len(asked.asked) == 1


async def test_an_answer_to_our_mail_is_not_asked_about_and_a_mark_in_front_is_enough(
    asked: Filter, intake: MailIntake, door: FakeDoor
) -> None:
    await post(intake, raw_mail("spam_flagged"))  # the key of our ids is made with the first mail
    key = await door.store.read(find_token_key, None)
    assert key is not None
    ours = ConversationTokens(key).message_id(new_id(), new_id(), "shop.example")
    await post(intake, a_raw("chen@customer.cn", In_Reply_To=ours))
    flagged, answer = door.inbounds
    assert flagged.quarantine_reason == "spam: x-spam-flag"
    assert answer.quarantine_reason is None
    assert answer.conversation_id is not None
    assert asked.asked == []
