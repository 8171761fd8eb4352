"""What goes on in another way, a chat by mail or a fax at another number, reaches nobody who said
stop.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from hub.accounts.link_letter import NotMailed
from hub.accounts.links import MakePasswordLink, make_password_link
from hub.accounts.model import SYSTEM, Actor, digest_of, new_token
from hub.accounts.service import AddUser, add_user
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.proving.model import AskCode, CodeSent
from hub.contacts.tables import entry_points, interactions
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.consent.model import STOP_ALL, STOP_SELLING
from hub.customers.settings import TemplateWords
from hub.desk.elsewhere import SendElsewhere, send_elsewhere
from hub.desk.permits import SERVICE
from hub.intake import receive
from hub.intake.by_mail import Address, Transcript, fire_due_mails, mail_transcript, note_address
from hub.intake.codes import send_code
from hub.intake.link_mail import link_mailer
from hub.setup.template_test import SendTest, Ways, send_test
from hub.storage import Tx
from hub.storage.outbox import outbox
from hub.testing.center import give_to_agent
from hub.web import Principal, Role
from hub.web.principal import Via

from .build import MAIL, House, add_customer, sends

LI_FAX, WANG_FAX = "+862161234567", "+862161239999"
BOSS = Principal("boss", "Wang Fang", Role.ADMIN, frozenset(), Via.SESSION, "boss-session")


def _writes_mails(tx: Tx, _: None) -> None:
    chat = entry_points.c.id == "shop-chat"
    settings = {"mail": "mail", "mail_after_s": 0}
    tx.execute(update(entry_points).where(chat).values(settings=settings))


async def _a_chat(house: House) -> tuple[str, str]:
    await house.store.write(_writes_mails, None)
    receipt = await house.store.write(
        receive,
        Inbound(
            entry_point_id="shop-chat",
            channel=Channel.WEBCHAT,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.VISITOR, "visitor-1", None, verified=True),),
            received_at=house.centre.clock.now(),
            text="Where is my order?",
            continues_latest=True,
        ),
    )
    assert receipt.contact_id is not None
    await house.store.write(note_address, Address(receipt.conversation_id, MAIL))
    await house.store.write(give_to_agent, (receipt.contact_id, house.ann))
    await house.writes(receipt.contact_id, "On its way.", instant=True)
    return receipt.contact_id, receipt.conversation_id


async def _mailed(house: House) -> int:
    return await house.store.write(lambda tx, _: fire_due_mails(tx, tx.now, 100), None)


async def test_chat_by_mail(house: House) -> None:
    """What they asked is answered, also who wants no offers; who wants no mail at all gets none."""
    await house.stops(STOP_SELLING)
    contact_id, conversation_id = await _a_chat(house)
    assert await _mailed(house) == 1
    [row] = await house.sent()
    assert row.purpose == "service"
    await house.stops(STOP_ALL)
    await house.writes(contact_id, "It comes today.", instant=True)
    assert await _mailed(house) == 1
    assert len(await house.sent()) == 1
    told = [one.meta for one in await house.rows(interactions) if one.kind == "system"]
    assert [(meta["code"], meta.get("why")) for meta in told] == [
        ("chat_mailed", None),
        ("chat_not_mailed", "opted_out"),
    ]
    with pytest.raises(Conflict) as caught:
        await house.store.write(mail_transcript, Transcript(conversation_id, MAIL))
    assert caught.value.reason == "outreach.opted_out"


async def test_code_by_mail(house: House) -> None:
    """Who asks for a code gets it, also who wants no offers; who wants no mail at all gets none,
    and nobody who asks for it is told.
    """
    await house.store.write(_writes_mails, None)
    await house.stops(STOP_SELLING)
    await house.store.write(send_code, AskCode("shop-chat", "visitor-1", MAIL))
    [row] = await house.rows(outbox)
    assert (row.purpose, sends(row).to) == ("service", (MAIL,))
    await house.stops(STOP_ALL)
    sent = await house.store.write(send_code, AskCode("shop-chat", "visitor-2", MAIL))
    assert sent == CodeSent(MAIL, 600)
    assert len(await house.rows(outbox)) == 1


async def test_password_link(house: House) -> None:
    """A colleague gets theirs, also who wants no offers; who wants no mail from us at all is handed
    it by whoever made it.
    """

    async def invite() -> NotMailed | None:
        token = new_token()
        cmd = MakePasswordLink(BOSS, user.id, digest_of(token), f"https://hub.example/#{token}")
        made = await house.store.write(lambda tx, cmd: make_password_link(tx, cmd, mail), cmd)
        return made.not_mailed

    mail = link_mailer(lambda: ["mail"], ["email"])
    cmd = AddUser(email=MAIL, name="Chen", role=Role.AGENT, password_hash="", actor=SYSTEM)
    user = await house.store.write(add_user, cmd)
    await house.stops(STOP_SELLING)
    assert await invite() is None
    [row] = await house.rows(outbox)
    assert (row.purpose, sends(row).to) == ("service", (MAIL,))
    await house.stops(STOP_ALL)
    assert await invite() is NotMailed.REFUSED
    assert len(await house.rows(outbox)) == 1


async def test_template_by_mail(house: House) -> None:
    """Who writes a template is mailed a test because they ask for it; it goes to nobody else."""
    by = Actor(house.ann, "Ann", "session")
    ways = Ways({Channel.EMAIL}, {"mail"})
    asked = SendTest("survey", "en", TemplateWords(), "mail", ways, by)
    address = await house.store.write(send_test, asked)
    [row] = await house.rows(outbox)
    assert (row.purpose, sends(row).to) == ("service", (address,))


async def test_answer_elsewhere(house: House) -> None:
    """What failed goes to another number, but for one whose owner wants nothing from us."""
    fax = IdentityKind.FAX
    await house.store.write(add_customer, ("Li", [(fax, LI_FAX), (fax, WANG_FAX)]))
    contact_id = await house.begins(SERVICE, LI_FAX, "fax")
    first = await house.writes(contact_id, "The plan")
    await house.store.write(_not_delivered, first.interaction_id)
    await house.stops(STOP_ALL, WANG_FAX)
    on = SendElsewhere(first.interaction_id, WANG_FAX, house.ann, "Ann", new_id())
    with pytest.raises(Conflict) as caught:
        await house.store.write(send_elsewhere, on)
    assert caught.value.reason == "outreach.opted_out"
    await house.store.write(send_elsewhere, replace(on, number="+862161230000"))
    assert [sends(row).to for row in await house.sent()][1:] == [("+862161230000",)]


def _not_delivered(tx: Tx, entry_id: str) -> None:
    lost = update(interactions).where(interactions.c.id == entry_id).values(delivery="failed")
    tx.execute(lost)
