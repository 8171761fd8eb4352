"""A mail that asks to be contacted becomes a commitment of the team that serves its queue."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import event

from hub.contacts.inbound import FileRead, IdentityKind, Inbound, InboundFile, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.customers.settings import Commitments, CustomerSettings, save_customer_settings
from hub.desk.quarantine import Release, release_quarantined
from hub.intake import receive
from hub.intake.files import file_read
from hub.storage import Tx
from hub.testing.clock import NOON, ManualClock

from .office import Office


def a_mail(text: str, **changes: Any) -> Inbound:
    mail = Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key=new_id(),
        senders=(SenderIdentity(IdentityKind.EMAIL, "ann@example.test"),),
        received_at=NOON,
        text=text,
        language="zh-CN",
    )
    return msgspec.structs.replace(mail, **changes)


async def wishes(office: Office) -> list[Any]:
    page = await office.done("GET", "/commitments")
    return [row for row in page["items"] if row["detected"]]


async def test_it_says_in_the_customers_words_what_they_ask_for(office: Office) -> None:
    receipt = await office.store.write(receive, a_mail("灯坏了。请尽快给我回电！"))
    [wish] = await wishes(office)
    assert (wish["kind"], wish["text"]) == ("callback", "请尽快给我回电")
    assert (wish["owner_kind"], wish["owner_id"], wish["made_by"]) == ("team", "team", None)
    assert wish["due_at"] == "2026-03-10T16:00:00Z"  # the answer promised to everybody: 4 h
    assert wish["source"]["interaction_id"] == receipt.interaction_id
    assert wish["source"]["text"] == "灯坏了。请尽快给我回电！"
    assert wish["source"]["contact_id"] == receipt.contact_id


async def test_it_is_due_when_the_customer_asked_for(office: Office) -> None:
    await office.store.write(receive, a_mail("Please call me tomorrow before 10 am."))
    assert [one["due_at"] for one in await wishes(office)] == ["2026-03-11T02:00:00Z"]


async def test_a_second_mail_about_it_is_no_second_wish(office: Office) -> None:
    for _ in range(2):
        await office.store.write(receive, a_mail("please call me back"))
    [wish] = await wishes(office)
    await office.done("POST", f"/commitments/{wish['id']}/done", {})
    await office.store.write(receive, a_mail("please call me back again"))
    assert len(await wishes(office)) == 1


async def test_machines_live_chats_and_what_could_not_be_read_ask_for_nothing(
    office: Office,
) -> None:
    text = "please call me back"
    visitor = (SenderIdentity(IdentityKind.VISITOR, "visitor-1"),)
    for mail in (
        a_mail(text, queues=False),
        a_mail(text, quarantine_reason="broken"),
        a_mail(text, entry_point_id="shop-chat", channel=Channel.WEBCHAT, senders=visitor),
    ):
        await office.store.write(receive, mail)
    assert await wishes(office) == []


async def test_what_is_let_out_of_quarantine_asks_like_any_letter(office: Office) -> None:
    mail = a_mail("please call me back", quarantine_reason="spam: looks like it")
    receipt = await office.store.write(receive, mail)
    assert receipt.contact_id is not None
    await office.store.write(release_quarantined, Release(receipt.contact_id))
    assert [one["text"] for one in await wishes(office)] == ["please call me back"]


async def test_the_words_of_a_fax_ask_once_they_are_read(office: Office) -> None:
    page = InboundFile("blob", "fax.tif", "image/tiff", 10)
    fax = a_mail(
        "",
        entry_point_id="fax",
        channel=Channel.FAX,
        senders=(SenderIdentity(IdentityKind.FAX, "+862155670001"),),
        files=(page,),
        reads=page,
    )
    receipt = await office.store.write(receive, fax)
    assert await wishes(office) == []
    read = FileRead(
        "fax", receipt.interaction_id, "请尽快回电联系我", (), "zh-CN", None, {"pages": 1}
    )
    for _ in range(2):
        await office.store.write(file_read, read)
    [wish] = await wishes(office)
    assert wish["source"]["interaction_id"] == receipt.interaction_id


async def test_it_is_reminded_of_and_broken_like_any_promise(
    office: Office, clock: ManualClock
) -> None:
    await office.store.write(receive, a_mail("please call me back"))
    clock.advance(30 * 86_400)
    assert await office.fire() == 2
    [wish] = await wishes(office)
    assert (wish["state"], wish["escalated_at"] is not None) == ("broken", True)


async def test_without_a_wish_there_is_no_statement_and_with_many_no_more_than_with_one(
    office: Office,
) -> None:
    async def cost(words: str, count: int, prefix: str) -> int:
        mails = [
            a_mail(
                words, senders=(SenderIdentity(IdentityKind.EMAIL, f"{prefix}{n}@example.test"),)
            )
            for n in range(count)
        ]

        def run(tx: Tx, _: None) -> int:
            statements: list[str] = []

            def note(*args: Any) -> None:
                if "commitments" in args[2]:
                    statements.append(args[2])

            event.listen(tx._connection, "before_cursor_execute", note)
            receive(tx, mails)
            return len(statements)

        return await office.store.write(run, None)

    assert await cost("hello", 3, "none") == 0
    assert await cost("call me back", 1, "one") == await cost("call me back", 6, "six") > 0


async def test_a_set_up_may_switch_wishes_off(office: Office) -> None:
    off = CustomerSettings(commitments=Commitments(wishes=False))
    await office.store.write(save_customer_settings, off)
    await office.store.write(receive, a_mail("please call me back"))
    assert await wishes(office) == []
