"""SPF by the real way in: a server that the sender's domain names proves it; nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy import select

from hub.channels.email import EmailChannel
from hub.channels.mailbox.tables import raw_mails
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink
from hub.vendors.mail import intake as listener
from hub.vendors.mail.intake import MailIntake
from tests.unit.mail.signed import STRICT, a_raw, zone
from tests.unit.mail.test_spf import Zone

from .conftest import POINT, mail_settings
from .test_in import post

NAMES = Zone(evil__cn="v=spf1 ip4:8.8.8.0/24 -all")
NAMES.down = frozenset({"lost.cn", "mail.customer.cn"})
NAMES.records["customer.cn"] = ["v=spf1 ip4:8.8.8.8 -all"]


@pytest.fixture
async def checked(
    door: FakeDoor, sink: SmtpSink, intake: MailIntake
) -> AsyncIterator[EmailChannel]:
    settings = msgspec.structs.replace(mail_settings(sink), check_spf=True)
    made = EmailChannel(
        door,
        [POINT],
        settings,
        intake,
        max_bytes=1_000_000,
        lookup=zone(**STRICT),
        names=NAMES,
    )
    tasks = [asyncio.create_task(intake.run()), asyncio.create_task(made.run())]
    yield made
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(
    ("peer", "sender", "dmarc", "why"),
    [
        ("8.8.8.8", "bounces@customer.cn", "pass", "sent by a server of customer.cn"),
        ("8.8.4.4", "bounces@customer.cn", "fail", "SPF fail of customer.cn"),
        ("8.8.8.8", "someone@evil.cn", "fail", "SPF pass of evil.cn"),  # not the domain in From
        ("8.8.8.8", "someone@lost.cn", "fail", "SPF temperror of lost.cn"),  # nor is this
        ("8.8.8.8", "b@mail.customer.cn", "temperror", "SPF temperror of mail.customer.cn"),
        ("127.0.0.1", "bounces@customer.cn", "none", None),  # a server in the house tells nothing
    ],
)
async def test_a_server_of_the_senders_domain_proves_it(
    intake: MailIntake,
    door: FakeDoor,
    monkeypatch: pytest.MonkeyPatch,
    peer: str,
    sender: str,
    dmarc: str,
    why: str | None,
) -> None:
    monkeypatch.setattr(listener, "host_of", lambda _peer: peer)
    await post(intake, a_raw("chen@customer.cn"), sender=sender)
    (inbound,) = door.inbounds
    assert inbound.meta["dmarc"] == dmarc
    assert inbound.senders[0].verified is (dmarc == "pass")
    if why is not None:
        assert why in str(inbound.meta["dmarc_why"])
    kept = select(raw_mails.c.peer, raw_mails.c.mail_from)
    assert await door.store.read(lambda tx, _: tuple(tx.execute(kept).one()), None) == (
        peer,
        sender,
    )


@pytest.mark.usefixtures("channel")
async def test_without_the_setting_no_path_is_looked_at(
    intake: MailIntake, door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "host_of", lambda _peer: "8.8.8.8")
    await post(intake, a_raw("chen@customer.cn"), sender="bounces@customer.cn")
    (inbound,) = door.inbounds
    assert inbound.meta["dmarc"] == "none"
