"""A hub that sends by a server which wants encryption and a sign-in: what is wrong there is told
on the answer that waits, and once it is mended the answer goes out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from hub.settings import Mail, Mailbox, MailServer, Secret
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.hub import hub_settings, running_hub, with_server
from hub.testing.mail import PASSWORD, DovecotMissing, PrivateDovecot, SmtpSink
from hub.testing.postfix import PostfixMissing, PrivatePostfix, Route, Submission
from tests.conftest import skip_missing
from tests.integration.email.certificates import Issued, issue

from .stage import settled
from .test_postfix import CHEN, SUPPORT, Office, free_port, seed


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return issue(tmp_path)


@pytest.fixture
async def office(tmp_path: Path, database_url: str, issued: Issued) -> AsyncIterator[Office]:
    """Customers' mail comes by one Postfix, ours goes out by another one, which is signed in to."""
    async with AsyncExitStack() as held:
        world = await held.enter_async_context(SmtpSink())
        mail_port = free_port()
        ours = Route("example.test", "lmtp", mail_port)
        try:
            users = held.enter_context(PrivateDovecot(mechanisms="plain login"))
            into = held.enter_context(PrivatePostfix(ours, world_port=world.port))
            signed_in = Submission(issued.chain, users.auth_socket)
            out = PrivatePostfix(ours, world_port=world.port, submission=signed_in)
            held.enter_context(out)
        except (DovecotMissing, PostfixMissing) as missing:
            skip_missing(str(missing))
        smtp = MailServer(
            host="localhost", port=out.port, tls="starttls", user=SUPPORT, password=Secret(PASSWORD)
        )
        mail = Mail(mailboxes=(Mailbox(entry_point="mail", smtp=smtp),), check_senders=False)
        settings = with_server(hub_settings(tmp_path, database_url), mail_port=mail_port)
        settings = msgspec.structs.replace(settings, mail=mail)
        hub = await held.enter_async_context(running_hub(settings, seed))
        yield Office(hub, into, world)


def _now(tx: Tx, _: None) -> None:
    """Nobody waits half a minute for the next try."""
    tx.execute(update(outbox).where(outbox.c.state == "pending").values(not_before=tx.now))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_certificate_that_is_not_trusted_is_told_on_the_answer_which_goes_out_once_it_is(
    office: Office, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
    async with office.asked() as (agent, contact_id):
        monkeypatch.delenv("SSL_CERT_FILE")
        await agent.reply(contact_id, "We come tomorrow.")

        async def told() -> bool:
            return (await office.answer()).delivery_detail is not None

        await settled(told)
        answer = await office.answer()
        assert answer.delivery == "pending"
        why = str(answer.delivery_detail)
        assert why.startswith("localhost shows a certificate that is not trusted")
        assert "let this machine trust who issued it" in why
        assert len(office.world.mails) == 1  # the acknowledgement
        monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
        await office.hub.store.write(_now, None)
        sent = (await office.world.wait_for(2))[-1]
        assert sent.recipients == (CHEN,)

        async def arrived() -> bool:
            return str((await office.answer()).delivery) == "sent"

        await settled(arrived)
