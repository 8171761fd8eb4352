"""A visitor proves a mailbox by a code, through the whole hub: over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.channels.webchat import protocol as p
from hub.channels.webchat.tables import webchat_visitors
from hub.contacts.by_mail.links import make_return_link
from hub.contacts.tables import contacts, entry_points
from hub.customers.addresses import NewAddress
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers, identities
from hub.routing.retier import retier
from hub.storage import Tx
from hub.testing.chat_page import ChatPage, sign_identity
from hub.testing.hub import hub_settings, running_hub

from .test_signed_in import KEY, contact_of, conversation_of, waiting
from .test_with_hub import House, a_center_that_asks

HERS = "wang@example.test"
CODE = "024680"


@pytest.fixture(autouse=True)
def known_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every code is this one: once its mail is over, it can be read nowhere."""
    monkeypatch.setattr("hub.intake.codes.secrets.randbelow", lambda _: int(CODE))


def a_center_with_wang(tx: Tx, _: None) -> None:
    a_center_that_asks(tx, None)
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "shop-chat")
        .values(settings={"mail": "mail", "identity_keys": [KEY]})
    )
    create_customer(
        tx,
        CreateCustomer(
            actor=SYSTEM,
            name="王芳",
            tier="gold",
            addresses=(
                NewAddress(IdentityKind.EMAIL, HERS),
                NewAddress(IdentityKind.EXTERNAL, "c-17"),
            ),
            region="CN",
        ),
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_hub(hub_settings(tmp_path), a_center_with_wang) as hub:
        yield House(hub, "")


async def proves(house: House, page: ChatPage, address: str = HERS) -> p.Proved:
    await page.say(p.AskCode(email=address))
    assert (await page.expect(p.CodeSent)).to == address
    await page.say(p.GiveCode(code=CODE))
    return await page.expect(p.Proved)


async def test_who_waits_and_types_the_code_is_that_customer_at_once_also_after_a_reload(
    house: House,
) -> None:
    page = house.page()
    conversation = await waiting(page, "It leaks", email=HERS)  # said, and proved by nothing
    before = await house.hub.store.read(contact_of, conversation)
    assert (before.tier, before.name) == ("standard", None)
    assert (await proves(house, page)).email == HERS
    after = await house.hub.store.read(contact_of, conversation)
    assert (after.tier, after.name, after.target_s) == ("gold", "王芳", 15)
    assert after.version > before.version
    await page.close()
    await page.connect()
    welcome = await page.hello()
    assert (welcome.proved, welcome.conversation) == (HERS, conversation)
    await page.close()


async def test_who_proves_it_before_the_first_word_is_known_from_the_first_word(
    house: House,
) -> None:
    page, tab = house.page(), house.page()
    await page.connect()
    await page.hello()
    tab.token = page.token
    await tab.connect()
    await tab.hello()
    await proves(house, page)
    await tab.write("It leaks")  # another tab, which was not told
    row = await house.hub.store.read(contact_of, str(await conversation_of(tab)))
    assert (row.tier, row.name) == ("gold", "王芳")
    await page.close()
    await tab.close()


async def test_nothing_of_the_customers_other_talks_is_shown(house: House) -> None:
    first, second = house.page(), house.page()
    await waiting(first, "my secret")
    await proves(house, first)
    conversation = await waiting(second, "hello")
    await proves(house, second)
    assert await conversation_of(second) == conversation
    assert [message.text for message in second.messages] == []
    for page in (first, second):
        await page.close()


async def test_a_new_address_is_kept_with_what_proved_it(house: House) -> None:
    page = house.page()
    await waiting(page, "hello", email="new@example.test")
    await proves(house, page, "new@example.test")
    [row] = await house.hub.store.read(_identity, "new@example.test")
    assert (row.verified_by, row.source) == ("mail_code", "webchat")
    await page.close()


async def test_who_proves_what_another_visitor_only_said_is_asked_about_and_merged_with_nobody(
    house: House,
) -> None:
    stranger, owner = house.page(), house.page()
    theirs = await waiting(stranger, "I say so", email="new@example.test")
    hers = await waiting(owner, "I can show it")
    await proves(house, owner, "new@example.test")
    said = await house.hub.store.read(contact_of, theirs)
    proved = await house.hub.store.read(contact_of, hers)
    assert said.identity_id != proved.identity_id
    owners = await house.hub.store.read(_owners, None)
    assert owners[said.identity_id] != owners[proved.identity_id]
    [question] = await house.hub.store.read(_conflicts, None)
    assert question.kind == "claim"
    for page in (stranger, owner):
        await page.close()


async def test_wrong_codes_and_limits_are_told_and_the_chat_goes_on(house: House) -> None:
    async with house.page() as page:
        await page.hello()
        await page.say(p.GiveCode(code="123456"))
        assert (await page.expect(p.CodeWrong)).tries_left == 0  # nothing was asked for
        for number in range(5):
            await page.say(p.AskCode(email=f"{number}@example.test"))
            await page.expect(p.CodeSent)
        await page.say(p.AskCode(email=HERS))
        refused = await page.expect(p.Problem)
        assert refused.code == "code.too_many"
        assert refused.retry_after_s is not None
        assert 3_500 < refused.retry_after_s <= 3_600
        await page.say(p.GiveCode(code="135790"))
        assert (await page.expect(p.CodeWrong)).tries_left == 4
        await page.write("hello")


@pytest.mark.parametrize(
    ("email", "subject"), [("bob@example.test", "bob"), ("", "bob"), ("not an address", "bob")]
)
async def test_who_signs_in_after_somebody_else_proved_a_mailbox_sees_nothing_of_theirs(
    house: House, email: str, subject: str
) -> None:
    page = house.page()
    conversation = await waiting(page, "my secret")
    await proves(house, page)
    await page.close()
    await page.connect()
    bob = sign_identity(KEY, email=email, subject=subject)
    welcome = await page.hello(identity=bob)
    assert (welcome.conversation, welcome.fresh) == (None, True)
    await page.write("I am Bob")
    hers = await house.hub.store.read(contact_of, conversation)
    [his] = await house.hub.store.read(_identity, subject)
    owners = await house.hub.store.read(_owners, None)
    assert his.customer_id != owners[hers.identity_id]  # nor is his account part of her record
    await page.close()


@pytest.mark.parametrize(("email", "subject"), [(" WANG@example.test ", "new"), ("", "c-17")])
async def test_who_proved_a_mailbox_and_signs_in_with_it_or_as_its_customer_goes_on(
    house: House, email: str, subject: str
) -> None:
    page = house.page()
    conversation = await waiting(page, "It leaks")
    await proves(house, page)
    await page.close()
    await page.connect()
    signed = sign_identity(KEY, email=email, subject=subject)
    assert (await page.hello(identity=signed)).conversation == conversation
    await page.close()


async def test_a_day_later_the_proof_is_none_the_chat_goes_on_and_a_new_code_proves_anew(
    house: House,
) -> None:
    page = house.page()
    conversation = await waiting(page, "It leaks")
    await proves(house, page)
    proved = await house.hub.store.read(contact_of, conversation)
    assert (proved.tier, proved.proven_until - proved.proven_at) == ("gold", timedelta(days=1))
    await house.hub.store.write(_a_day_passes, None)
    await page.close()
    await page.connect()
    welcome = await page.hello()
    assert (welcome.proved, welcome.conversation) == ("", conversation)
    assert (await page.expect(p.ProofEnded)).email == HERS
    await page.write("Are you there?")
    still = await house.hub.store.read(contact_of, conversation)
    assert (still.id, still.tier) == (proved.id, "gold")  # a promise that was made is kept
    await page.say(p.End())
    await page.expect(p.Ended)
    await page.write("Another thing")
    new = await house.hub.store.read(contact_of, conversation)
    assert new.id != proved.id
    assert (new.tier, new.customer_tier, new.name) == ("standard", "gold", "王芳")
    await house.hub.store.write(_retier_all, None)
    assert (await house.hub.store.read(contact_of, conversation)).tier == "standard"
    await proves(house, page)
    renewed = await house.hub.store.read(contact_of, conversation)
    assert (renewed.tier, renewed.id) == ("gold", new.id)
    assert renewed.version > new.version
    await page.close()


def _a_day_passes(tx: Tx, _: None) -> None:
    before = webchat_visitors.c.proven_at.is_not(None)
    at = tx.now - timedelta(days=1)
    tx.execute(update(webchat_visitors).where(before).values(proven_at=at))


def _retier_all(tx: Tx, _: None) -> None:
    retier(tx, list(tx.execute(select(customers.c.id)).scalars()))


def _identity(tx: Tx, value: str) -> list[Row[Any]]:
    return list(tx.execute(select(identities).where(identities.c.value_norm == value)).all())


def _owners(tx: Tx, _: None) -> dict[str, str]:
    rows = tx.execute(
        select(contacts.c.identity_id, customers.c.id)
        .join(identities, identities.c.id == contacts.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
    )
    return {row.identity_id: row.id for row in rows}


def _conflicts(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(customer_conflicts)).all())


async def test_who_came_by_a_link_in_a_mail_proves_nothing_for_whoever_began_the_chat(
    house: House,
) -> None:
    hers, his = house.page(), house.page()
    conversation = await waiting(hers, "my secret")
    link = await house.hub.store.write(make_return_link, conversation)
    await his.connect()
    assert (await his.hello(back=link)).conversation == conversation
    await his.say(p.AskCode(email="bob@example.test"))
    assert (await his.expect(p.Problem)).code == "code.off"
    for page in (hers, his):
        await page.close()
