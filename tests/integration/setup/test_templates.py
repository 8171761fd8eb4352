"""Texts in the words of the set-up: they go out at once, by mail and in the widget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from hub.app import Hub
from hub.channels.webchat import protocol as p
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.settings import Mail, Mailbox, MailServer
from hub.setup import check_setup
from hub.setup.check import BadSetup
from hub.setup.files import setup_text
from hub.storage import Tx
from hub.testing.chat_page import ChatPage
from hub.testing.hub import hub_settings, running_hub
from hub.testing.mail import SmtpSink
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.parse import parse_mail
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .build import edited
from .conftest import sample, shown

WANG = "wang@example.test"


@dataclass
class Office:
    """A hub with the sample set-up whose mails end in a sink, and its admin."""

    hub: Hub
    sink: SmtpSink
    place: Place
    admin: Person
    read: int = 0

    async def change(self, templates: dict[str, Any]) -> tuple[int, Any]:
        now = await shown(self.admin)
        setup = {**now["setup"], "templates": templates}
        body = {"base": now["version"]["id"], "setup": setup}
        return await self.admin.ask("PUT", "/setup/document", body)

    async def mail(self) -> ParsedMail:
        """The next mail that arrived."""
        self.read += 1
        raw = (await self.sink.wait_for(self.read))[self.read - 1].raw
        mail = parse_mail(raw)
        assert isinstance(mail, ParsedMail)
        return mail

    async def writes(self, language: str) -> None:
        who = SenderIdentity(IdentityKind.EMAIL, f"{language.lower()}@example.test")
        item = Inbound(
            entry_point_id="support-mail",
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(who,),
            received_at=self.hub.clock.now(),
            text="Invoice?",
            language=language,
        )
        await self.hub.door.receive(item)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with SmtpSink() as sink:
        server = MailServer(host="127.0.0.1", port=sink.port, tls="none")
        settings = msgspec.structs.replace(
            hub_settings(tmp_path),
            mail=Mail(mailboxes=(Mailbox(entry_point="support-mail", smtp=server),)),
        )
        async with running_hub(settings, sample) as hub:
            place = Place(hub)
            yield Office(hub, sink, place, await place.hire("admin", Role.ADMIN))
            for session in place.sessions:
                await session.close()


def _be_read_by(tx: Tx, asked: tuple[str, str]) -> None:
    """Let an address lead into the mailbox of an entry point."""
    point, alias = asked
    where = entry_points.c.id == point
    settings = tx.execute(select(entry_points.c.settings).where(where)).scalar_one()
    changed = {**settings, "aliases": [alias]}
    tx.execute(update(entry_points).where(where).values(settings=changed))


async def test_a_saved_text_goes_out_with_the_next_mail_and_the_usual_one_after_going_back(
    office: Office,
) -> None:
    changed = {
        "acknowledgement": {
            "zh-CN": {"subject": "谢谢：{reference}"},
            "en": {"body": "Dear customer,\n\n{name} <has> it: {reference}. {promise}"},
        },
        "promise_by": {"en": {"body": "Before {time}, promised."}},
        "promise_soon": {"en": {"body": "Soon, promised."}},
    }
    status, done = await office.change(changed)
    assert status == 200
    assert any(line.startswith("templates.acknowledgement") for line in done["changes"]["changed"])
    await office.writes("en")
    mail = await office.mail()
    assert mail.subject.startswith("Received: ")
    assert mail.text.startswith("Dear customer,\n\n湖畔电器客服 Lakeside Support <has> it: ")
    assert mail.text.rstrip().endswith("promised.")
    await office.writes("zh-CN")
    mail = await office.mail()
    assert mail.subject.startswith("谢谢：")
    assert "如需补充，请直接回复本邮件" in mail.text

    status, _ = await office.admin.ask("POST", "/setup/versions/1/restore", {"base": 2})
    assert status == 200
    await office.writes("en-GB")
    assert (await office.mail()).text.startswith("Hello,\n\nWe have received your message.")


async def test_a_text_has_words_of_its_own_where_it_is_said(office: Office) -> None:
    status, listed = await office.admin.ask("GET", "/setup/templates")
    assert status == 200
    channels = {one["key"]: one["channels"] for one in listed["templates"]}
    assert channels["acknowledgement"] == ["email"]
    assert channels["text_receipt"] == ["sms"]
    assert channels["promise_by"] == channels["promise_soon"] == ["email", "sms"]
    assert channels["commitment_done"] == ["email", "fax", "sms", "webchat"]
    assert channels["chat_reminder"] == ["webchat"]
    assert channels["opt_out_page"] == []


async def test_what_is_said_to_a_chat_is_in_the_words_of_the_set_up(office: Office) -> None:
    words = {
        "chat_code": {"en": {"subject": "Code {code}", "body": "For <you> & {name}:\n\n{code}"}},
        "chat_reminder": {"en": {"body": "Hello? Anybody?"}},
        "chat_silent_mail": {"zh-CN": {"body": "稍后发送至 {address}。"}},
        "chat_transcript": {"en": {"subject": "All of it", "body": "As you wished:"}},
        "chat_return": {"en": {"body": "Back to us: {link}"}},
        "chat_transcript@shop-chat": {"en": {"subject": "All of it, of the shop"}},
        "chat_reminder@shop-chat": {"de": {"body": "Noch da?"}},
    }
    assert (await office.change(words))[0] == 200
    hub = office.hub
    url = f"{hub.settings.server.chat_socket_url()}/channels/shop-chat/chat"
    async with ChatPage(url, "shop-chat", hub.base_url) as page:
        await page.hello(language="en")
        await page.say(p.AskCode(email=WANG))
        await page.expect(p.CodeSent)
        mail = await office.mail()
        assert mail.subject.startswith("Code ")
        assert mail.text.startswith("For <you> & 湖畔电器商城 Lakeside Shop:\n\n")
        assert b"<p>For &lt;you&gt; &amp; " in office.sink.mails[0].raw.replace(b"=\n", b"")
        await page.write("It leaks")
        await page.say(p.Transcript(email=WANG))
        await page.expect(p.Mailed)
        mail = await office.mail()
        assert mail.subject == "All of it, of the shop"
        assert mail.text.startswith("As you wished:")
        assert f"Back to us: {hub.base_url}/channels/shop-chat/return/" in mail.text
    async with office.admin.session.get(f"{hub.base_url}/channels/shop-chat/widget.json") as answer:
        assert (await answer.json())["notices"] == {
            "reminded": {"en": "Hello? Anybody?", "de": "Noch da?"},
            "silent_mail": {"zh-CN": "稍后发送至 {name}。"},
        }


async def test_an_admin_mails_a_draft_to_themselves_and_nothing_is_saved(office: Office) -> None:
    status, listed = await office.admin.ask("GET", "/setup/templates")
    assert status == 200
    assert [one["key"] for one in listed["senders"]] == ["support-mail"]
    assert {one["key"] for one in listed["templates"]} > {"acknowledgement", "unsubscribe"}
    draft = {"language": "en", "entry_point": "support-mail", "body": "Leave? {link}"}
    path = "/setup/templates/unsubscribe/test"
    status, sent = await office.admin.ask("POST", path, draft)
    assert (status, sent) == (200, {"to": "admin@hub.test"})
    mail = await office.mail()
    assert office.sink.mails[0].recipients == ("admin@hub.test",)
    assert mail.subject == "[Test] Leave? https://hub.example.com/…"
    assert mail.text.strip() == "Leave? https://hub.example.com/…"
    status, sent = await office.admin.ask(
        "POST", "/setup/templates/survey/test", {"language": "zh-CN", "entry_point": "support-mail"}
    )
    assert status == 200
    assert (await office.mail()).subject == "[测试] 请评价我们的服务"
    assert (await shown(office.admin))["version"]["id"] == 1

    for changes, refused in (
        ({"body": "Leave?"}, (422, "template.wrong")),
        ({"entry_point": "finance-mail"}, (404, "not_found")),
        ({"entry_point": "shop-chat"}, (404, "not_found")),
        ({"language": "no language"}, (422, "invalid")),
    ):
        status, problem = await office.admin.ask("POST", path, {**draft, **changes})
        assert (status, problem["code"]) == refused
    status, problem = await office.admin.ask("POST", "/setup/templates/none/test", draft)
    assert status == 404
    many = [(await office.admin.ask("POST", path, draft))[0] for _ in range(9)]
    assert many == [200] * 8 + [429]  # what was refused took none of the ten


async def test_a_test_goes_to_no_mailbox_of_ours(office: Office) -> None:
    shared = await office.place.hire("support", Role.ADMIN)
    hub = office.hub
    await hub.store.write(_be_read_by, ("support-mail", "support@hub.test"))
    draft = {"language": "en", "entry_point": "support-mail"}
    status, problem = await shared.ask("POST", "/setup/templates/survey/test", draft)
    assert (status, problem["code"]) == (422, "template.own_mailbox")
    assert office.sink.mails == []


def test_what_cannot_go_out_is_refused_at_its_place() -> None:
    words = """
[templates.unsubscribe.en]
body = "Bye"
[templates.survey.en]
subject = "One\\r\\nBcc: all@example.com"
[templates.chat_code.zh-CN]
body = "{code} {nonsense}"
[templates.greetings.en]
body = "Hi"
[templates."survey@nowhere".en]
body = "Hi"
[templates."survey@support-mail".en]
subject = "{nonsense}"
"""
    with pytest.raises(BadSetup) as refused:
        check_setup(edited() + words)
    said = {one.path: one.message for one in refused.value.faults}
    assert "there is no template 'greetings'" in said.pop("templates.greetings")
    assert "there is no entry point 'nowhere'" in said.pop('templates."survey@nowhere"')
    assert "{nonsense}" in said.pop('templates."survey@support-mail".en.subject')
    assert said == {
        "templates.unsubscribe.en.body": "needs {link}: without it the text is of no use",
        "templates.survey.en.subject": "a subject is one line without control characters",
        "templates.chat_code.zh-CN.body": (
            "there is no placeholder {nonsense}; known: {code}, {name}, {minutes}"
        ),
    }
    with pytest.raises(BadSetup) as refused:
        check_setup(edited() + '[templates.survey."no tag"]\nbody = "x"\n')
    assert [one.path for one in refused.value.faults] == ['templates.survey."no tag"']


def test_a_file_brings_them_and_is_written_with_them() -> None:
    words = """
[templates.survey.fr]
subject = "Êtes-vous satisfait ?"
body = \"\"\"
Bonjour,

dites-le nous :\"\"\"
[templates."survey@support-mail".fr]
subject = "Et ici ?"
"""
    setup = check_setup(edited() + words)
    assert setup.templates["survey"]["fr"].body == "Bonjour,\n\ndites-le nous :"
    assert check_setup(setup_text(setup)) == setup
    assert "[templates.survey.fr]" in setup_text(setup)
    assert '[templates."survey@support-mail".fr]' in setup_text(setup)
