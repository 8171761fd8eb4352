"""Email, end to end over real SMTP both ways."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from hub.agent_console.client import Refused
from hub.testing.mail import SunkMail
from hub.vendors.mail.templates import clock_time

from .stage import Stage, one_offer


def parsed(mail: SunkMail) -> EmailMessage:
    return email.message_from_bytes(mail.raw, policy=email.policy.default)


async def test_a_mail_is_acknowledged_answered_and_threaded(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        message_id = await stage.mail("It leaks since yesterday.")
        [acknowledgement] = await stage.mails.wait_for(1)
        receipt = parsed(acknowledgement)
        assert receipt["Auto-Submitted"] == "auto-replied"
        assert receipt["In-Reply-To"] == message_id
        contact_id = await agent.accept(await one_offer(agent))
        await agent.until(lambda: contact_id in agent.contacts)
        reference = (await stage.contacts())[0].reference
        assert reference in receipt["Subject"]
        await agent.reply(contact_id, "Please close the tap. We come tomorrow.")
        answer = parsed((await stage.mails.wait_for(2))[1])
        assert answer["In-Reply-To"] == message_id
        assert answer["To"].addresses[0].addr_spec == "chen@example.test"
        body = answer.get_body(("plain",))
        assert body is not None
        assert "We come tomorrow." in body.get_content()
        await stage.mail(
            "Thank you!", subject="Re: Washing machine", In_Reply_To=str(answer["Message-ID"]),
            References=f"{message_id} {answer['Message-ID']}",
        )  # fmt: skip
        await agent.until(lambda: agent.contacts[contact_id].unread == 1)
        [contact] = await stage.contacts()
        assert contact.state == "active"
        await agent.close(contact_id, "repair", "solved")
        assert {row.conversation_id for row in await stage.said()} == {contact.conversation_id}


async def test_the_time_that_is_promised_is_the_deadline_of_the_first_reply(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.mail("It leaks since yesterday.")
        [acknowledgement] = await stage.mails.wait_for(1)
        contact_id = await agent.accept(await one_offer(agent))
        shown = await agent.call("GET", f"/contacts/{contact_id}")
        [deadline] = shown["deadlines"]
        assert (deadline["kind"], deadline["due_at"]) == ("first_reply", shown["promised_at"])
        assert deadline["en"] == "Reply time told to the customer"
        due = datetime.fromisoformat(deadline["due_at"]).astimezone(ZoneInfo("Asia/Shanghai"))
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        body = parsed(acknowledgement).get_body(("plain",))
        assert body is not None
        assert clock_time("en", due, today) in body.get_content()
        await agent.reply(contact_id, "Please close the tap. We come tomorrow.")
        shown = await agent.call("GET", f"/contacts/{contact_id}")
        assert shown["deadlines"] == []


async def test_a_formatted_answer_arrives_as_text_and_html_with_the_history_below(
    stage: Stage,
) -> None:
    async with stage.console("Li") as agent:
        await stage.mail("It leaks since yesterday.")
        contact_id = await agent.accept(await one_offer(agent))
        html = (
            "<p>Please <strong>close the tap</strong>:</p><ul><li><p>turn it right</p></li></ul>"
            '<p><a href="https://shop.example/leak">how</a></p><script>top.x=1</script>'
        )
        body = {"client_id": "c1", "html": html}
        await agent.call("POST", f"/contacts/{contact_id}/reply", body)
        mail = parsed((await stage.mails.wait_for(2))[1])
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in mail.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        plain, markup = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
        assert plain.startswith(
            "Please close the tap:\n\n- turn it right\n\nhow <https://shop.example/leak>\n\nOn "
        )
        assert plain.rstrip().endswith("> It leaks since yesterday.")
        assert "<strong>close the tap</strong>" in markup
        assert "script" not in markup
        assert 'class="gmail_quote"' in markup
        [answer] = [row for row in await stage.said() if row.client_id == "c1"]
        assert answer.text.startswith("Please close the tap:")
        assert "script" not in answer.html


async def test_the_agents_signature_stands_once_below_text_and_html(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await agent.call("PUT", "/me/signature", {"texts": {"en": "{name} <Service>\nT 021"}})
        await stage.mail("It leaks since yesterday.")
        contact_id = await agent.accept(await one_offer(agent))
        shown = await agent.call("GET", f"/contacts/{contact_id}/signature")
        assert shown == {"text": "Li <Service>\nT 021", "of": "agent"}
        await agent.call(
            "POST",
            f"/contacts/{contact_id}/reply",
            {"client_id": "c1", "html": "<p>Please <b>wait</b>.</p>"},
        )
        mail = parsed((await stage.mails.wait_for(2))[1])
        plain, markup = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
        assert plain.startswith("Please wait.\n\n-- \nLi <Service>\nT 021\n\nOn ")
        assert "<p>-- <br>Li &lt;Service&gt;<br>T 021</p>" in markup
        await agent.reply(contact_id, "Tomorrow.\n\nLi <Service>\nT 021")
        again = parsed((await stage.mails.wait_for(3))[2]).get_content().replace("\r\n", "\n")
        assert again.startswith("Tomorrow.\n\nLi <Service>\nT 021\n\nOn ")


async def test_an_answer_without_formatting_goes_out_as_text_only(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.mail("It leaks since yesterday.")
        contact_id = await agent.accept(await one_offer(agent))
        body = {"client_id": "c1", "html": "<p>It is<br>ready &amp; paid.</p>"}
        await agent.call("POST", f"/contacts/{contact_id}/reply", body)
        mail = parsed((await stage.mails.wait_for(2))[1])
        assert mail.get_content_type() == "text/plain"
        plain = mail.get_content().replace("\r\n", "\n")
        assert plain.startswith("It is\nready & paid.\n\nOn ")
        assert plain.rstrip().endswith("> It leaks since yesterday.")
        [answer] = [row for row in await stage.said() if row.client_id == "c1"]
        assert answer.html is None


async def test_an_answer_of_formatting_alone_is_empty(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.mail("It leaks since yesterday.")
        contact_id = await agent.accept(await one_offer(agent))
        body = {"client_id": "c1", "html": "<p> <strong></strong></p>", "text": "not read"}
        with pytest.raises(Refused) as refused:
            await agent.call("POST", f"/contacts/{contact_id}/reply", body)
        assert refused.value.code == "reply.empty"


async def test_a_second_mail_of_the_same_thread_gets_no_second_acknowledgement(
    stage: Stage,
) -> None:
    first = await stage.mail("It leaks.", subject="One")
    await stage.mails.wait_for(1)
    await stage.mail("Still.", subject="Re: One", In_Reply_To=first, References=first)
    second = await stage.mail("Another matter.", subject="Two")
    mails = await stage.mails.wait_for(2)
    assert [parsed(mail)["In-Reply-To"] for mail in mails] == [first, second]


async def test_an_out_of_office_reply_is_filed_and_queues_nothing(stage: Stage) -> None:
    await stage.mail("I am away until Monday.", Auto_Submitted="auto-replied")
    assert await stage.contacts() == []
    assert [row.text.strip() for row in await stage.said()] == ["I am away until Monday."]
