"""Customers who are signed in at the site: through the whole hub, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM
from hub.channels.webchat import protocol as p
from hub.contacts.by_mail.links import make_return_link
from hub.contacts.tables import contacts, entry_points, interactions
from hub.customers.addresses import NewAddress
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.chat_page import ChatPage, sign_identity
from hub.testing.hub import hub_settings, running_hub

from .conftest import until
from .test_with_hub import House, a_center_that_asks

KEY = "a-key-of-the-site-with-32-letters"


def a_center_with_customers(tx: Tx, _: None) -> None:
    a_center_that_asks(tx, None)
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "shop-chat")
        .values(
            settings={"identity_keys": [KEY], "trust_tier": True, "highest_tier": "potential_gold"}
        )
    )
    for name, tier, external in (("王芳", "gold", "c-17"), ("Bob", "low", "c-18")):
        create_customer(
            tx,
            CreateCustomer(
                actor=SYSTEM,
                name=name,
                tier=tier,
                addresses=(
                    NewAddress(IdentityKind.EXTERNAL, external),
                    NewAddress(IdentityKind.EMAIL, f"{external}@example.com"),
                ),
                region="CN",
            ),
        )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_hub(hub_settings(tmp_path), a_center_with_customers) as hub:
        yield House(hub, "")


def signed(subject: str, *, tier: str = "", plan: str = "") -> str:
    return sign_identity(KEY, email="", subject=subject, tier=tier, plan=plan)


def contact_of(tx: Tx, conversation_id: str) -> Row[Any]:
    """The contact of a conversation, with who its customer is today."""
    return tx.execute(
        select(contacts, customers.c.name, customers.c.tier.label("customer_tier"))
        .join(identities, identities.c.id == contacts.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(contacts.c.conversation_id == conversation_id)
        .order_by(contacts.c.opened_at.desc())
    ).first()  # type: ignore[return-value]  # the tests ask for one that there is


async def waiting(page: ChatPage, text: str = "hello", **hello: str) -> str:
    """A page that says hello and writes; return its conversation."""
    await page.connect()
    await page.hello(**hello)
    await page.write(text)
    found = await conversation_of(page)
    assert found is not None
    return found


async def conversation_of(page: ChatPage) -> str | None:
    """Ask by a new greeting: the page learns its conversation."""
    await page.close()
    await page.connect()
    return (await page.hello()).conversation


async def test_who_waits_and_then_signs_in_moves_up_at_once_under_the_true_name(
    house: House,
) -> None:
    ordinary, best = house.page(), house.page()
    first = await waiting(ordinary, "I was first")
    second = await waiting(best, "I am the better customer")
    before = await house.hub.store.read(contact_of, second)
    assert (before.tier, before.name) == ("standard", None)

    await best.close()
    await best.connect()
    await best.hello(identity=signed("c-17"))

    after = await house.hub.store.read(contact_of, second)
    assert (after.tier, after.name, after.target_s) == ("gold", "王芳", 15)
    assert after.version > before.version
    assert (await house.hub.store.read(contact_of, first)).tier == "standard"
    # However long it took between them: from then on a quarter of the target weighs more.
    earlier = (await house.hub.store.read(contact_of, first)).opened_at
    await until(lambda: house.hub.clock.now() - after.opened_at > after.opened_at - earlier, 30)
    ann = await house.hub.store.write(add_agent, "Ann")
    house.ann_id = ann
    assert await house.accept() == after.id
    for page in (ordinary, best):
        await page.close()


async def test_who_left_an_address_in_the_form_first_is_the_customer_all_the_same(
    house: House,
) -> None:
    page = house.page()
    conversation = await waiting(page, email="somebody@example.com")
    await page.close()
    await page.connect()
    await page.hello(identity=signed("c-17"))
    assert (await house.hub.store.read(contact_of, conversation)).name == "王芳"
    await page.close()


async def test_all_devices_of_a_customer_show_one_conversation(house: House) -> None:
    phone, laptop, tablet = house.page(), house.page(), house.page()
    try:
        for page in (phone, laptop):
            await page.connect()
            assert (await page.hello(identity=signed("c-17"))).conversation is None
        await phone.write("from the phone")
        # The laptop was open before: it is sent through a new greeting.
        assert laptop.socket is not None
        await laptop.socket.wait_closed()
        assert laptop.socket.close_code == 1012
        for page in (laptop, tablet):
            await page.connect()
            welcome = await page.hello(identity=signed("c-17"))
            assert welcome.conversation is not None
            await page.expect(p.History)
            assert [message.text for message in page.messages] == ["from the phone"]
        await laptop.write("from the laptop")
        await phone.expect(p.Message)
        assert phone.messages[-1].text == "from the laptop"
        assert len(await house.hub.store.read(_contacts, None)) == 1
    finally:
        for page in (phone, laptop, tablet):
            await page.close()


async def test_who_signs_in_next_on_a_device_sees_nothing_of_who_was_there(house: House) -> None:
    page = house.page()
    conversation = await waiting(page, "my secret", identity=signed("c-17"))
    await page.close()
    await page.connect()
    welcome = await page.hello(identity=signed("c-18"))
    assert (welcome.conversation, welcome.fresh) == (None, True)
    await page.write("I am Bob")
    row = await house.hub.store.read(contact_of, str(await conversation_of(page)))
    assert (row.name, row.conversation_id != conversation) == ("Bob", True)
    assert page.messages == []
    # Signed out: the page forgets its token, the next person is nobody yet.
    page.token, page.last_seq = None, 0
    await page.close()
    await page.connect()
    assert (await page.hello()).conversation is None
    await page.close()


async def test_a_forwarded_link_makes_nobody_the_customer_of_a_chat(house: House) -> None:
    """王芳 forwards the mail: Bob, who is signed in at the site, follows the link in it."""
    hers = house.page()
    conversation = await waiting(hers, "my secret")
    link = await house.hub.store.write(make_return_link, conversation)
    his = house.page()
    await his.connect()
    plan = signed("c-18", plan="pro")
    assert (await his.hello(identity=plan, back=link)).conversation == conversation
    await his.write("What is this?")
    assert await house.hub.store.read(_metas, conversation) == [{}, {"joined_by": "token"}]
    assert (await house.hub.store.read(contact_of, conversation)).name is None
    await his.close()
    await his.connect()
    welcome = await his.hello(identity=signed("c-18"))
    assert (welcome.conversation, welcome.fresh) == (None, True)
    row = await house.hub.store.read(contact_of, conversation)
    assert (row.name, row.tier) == (None, "standard")
    async with house.page() as other:  # nor do his other devices show it
        assert (await other.hello(identity=signed("c-18"))).conversation is None
    for page in (hers, his):
        await page.close()


async def test_who_began_the_chat_goes_on_by_the_link_signed_in_or_not(house: House) -> None:
    hers, phone = house.page(), house.page()
    conversation = await waiting(hers, identity=signed("c-17"))
    link = await house.hub.store.write(make_return_link, conversation)
    await phone.connect()
    await phone.hello(back=link)
    for identity in ("", signed("c-17"), ""):
        await phone.close()
        await phone.connect()
        assert (await phone.hello(identity=identity, email="x@example.com")).email == ""
        assert phone.conversation == conversation
        await phone.write("It is me.")
    assert (await house.hub.store.read(contact_of, conversation)).name == "王芳"
    for page in (hers, phone):
        await page.close()


@pytest.mark.parametrize(
    ("claimed", "given"),
    [("gold", "potential_gold"), ("potential_gold", "potential_gold"), ("diamond", "standard")],
)
async def test_a_tier_counts_where_the_site_is_trusted_and_the_set_up_has_it(
    house: House, claimed: str, given: str
) -> None:
    page = house.page()
    conversation = await waiting(page, identity=signed("new-one", tier=claimed))
    row = await house.hub.store.read(contact_of, conversation)
    assert (row.tier, row.customer_tier) == (given, given)
    await page.close()


async def test_an_address_of_somebody_else_is_a_question_for_people(house: House) -> None:
    """The site signs the id of one customer and the address of another."""
    page = house.page()
    jwt = sign_identity(KEY, email="c-18@example.com", subject="c-17")
    conversation = await waiting(page, identity=jwt)
    assert (await house.hub.store.read(contact_of, conversation)).name == "王芳"
    (conflict,) = await house.hub.store.read(_conflicts, None)
    assert conflict.kind == "claim"
    await page.close()


async def test_the_plan_the_site_has_signed_goes_with_the_first_message(house: House) -> None:
    page = house.page()
    conversation = await waiting(page, identity=signed("c-17", plan="pro"))
    assert await house.hub.store.read(_metas, conversation) == [{"plan": "pro"}]
    await page.close()


async def test_a_forged_identity_is_said_and_the_chat_goes_on(house: House) -> None:
    async with house.page() as page:
        forged = sign_identity("x" * 33, email="", subject="c-17")
        await page.hello(identity=forged)
        assert (await page.expect(p.Problem)).code == "identity"
        await page.write("hello")
        row = await house.hub.store.read(contact_of, str(await conversation_of(page)))
        assert (row.tier, row.name) == ("standard", None)


def _contacts(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(contacts)).all())


def _conflicts(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(customer_conflicts)).all())


def _metas(tx: Tx, conversation_id: str) -> list[dict[str, Any]]:
    found = select(interactions.c.meta).where(interactions.c.conversation_id == conversation_id)
    return list(tx.execute(found).scalars())
