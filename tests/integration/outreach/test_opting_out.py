"""Who says stop is left alone from that transaction on, whoever said it how, and for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import audit_log
from hub.contacts.inbound import IdentityKind
from hub.contacts.outreach.model import Permit, Refused, Why
from hub.contacts.outreach.opting_out import claim_permitted
from hub.contacts.outreach.public import OptOutPages
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.tables import interactions
from hub.core.ids import new_id
from hub.customers.consent.model import (
    STOP_ALL,
    AddressKey,
    Basis,
    NewConsent,
    Purpose,
    hash_address,
)
from hub.customers.consent.service import keep_consents, key_of_addresses
from hub.customers.consent.tables import consent_states, consents
from hub.customers.imports import ImportOrder, import_customers
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.tables import identities
from hub.desk.permits import OwnAccord, file_key
from hub.intake.opt_out import KeyedOptOut, opt_out, opt_out_by_key
from hub.storage import Tx
from hub.storage.outbox import Claim, outbox
from tests.integration.sla.house import Counting

from .build import CHEN, MAIL, MARKETING, House, add_customer, sends
from .test_paths import refused

NEW_MAIL = "chen.private@example.test"


async def may(house: House, value: str, purpose: Purpose = Purpose.MARKETING) -> bool:
    """Say whether this address may be reached for that now."""
    ask = AskFor(purpose, "email", await house.identity(value))
    [answer] = await house.store.read(may_contact, [ask])
    assert isinstance(answer, Permit) or answer == Refused(Why.OPTED_OUT)
    return isinstance(answer, Permit)


# ---- what is on its way --------------------------------------------------------------------------


async def test_what_is_on_its_way_is_taken_back_in_the_same_transaction(house: House) -> None:
    contact_id = await house.sells(OwnAccord(Purpose.MARKETING, ("spring-2026",)))
    [row] = await house.sent()
    await house.stops()
    assert await house.sent() == []
    [cancelled] = await house.sent("cancelled")
    assert (cancelled.id, cancelled.last_error) == (row.id, "opted_out")
    [entry] = [one for one in await house.rows(interactions) if one.contact_id == contact_id]
    assert (entry.delivery, entry.delivery_detail) == ("failed", "opted_out")
    [kept] = await house.outreach()
    assert (kept.outcome, kept.reason) == ("refused", "opted_out")


async def test_what_is_service_is_not_taken_back(house: House) -> None:
    contact_id = await house.begins(OwnAccord())
    await house.writes(contact_id, "Your repair is done.")
    await house.stops()
    assert len(await house.sent()) == 1


async def test_what_was_written_at_the_same_moment_is_dropped_when_it_is_claimed(
    house: House,
) -> None:
    await house.sells()

    def late(tx: Tx, _: None) -> list[str]:
        key = hash_address(key_of_addresses(tx), "email", MAIL)
        no = NewConsent(key, Purpose.MARKETING, False, Basis.WITHDRAWN, "link", own_word=True)
        keep_consents(tx, [no])
        return [one.id for one in claim_permitted(tx, Claim("worker", 10, 20.0))]

    assert await house.store.write(late, None) == []
    [dropped] = await house.sent("cancelled")
    assert (dropped.lease_holder, dropped.last_error) == (None, "opted_out")


async def test_claiming_service_costs_nothing_more(house: House) -> None:
    contact_id = await house.begins(OwnAccord())
    await house.writes(contact_id, "Your repair is done.")

    def claim(tx: Tx, _: None) -> tuple[int, int]:
        counting = Counting(tx)
        got = claim_permitted(counting, Claim("worker", 10, 20.0))  # type: ignore[arg-type] # counts
        return len(got), counting.count

    assert await house.store.write(claim, None) == (1, 1)


# ---- how it is said ------------------------------------------------------------------------------


@pytest.fixture
async def pages(house: House) -> AsyncIterator[tuple[ClientSession, TestServer]]:
    app = web.Application()
    app.add_routes(OptOutPages(house.store, opt_out).routes())
    server = TestServer(app)
    async with server, ClientSession() as session:
        yield session, server


async def token_of(house: House) -> str:
    """Return the token of the link in a mail that sells something."""
    await house.sells()
    [row] = await house.sent()
    token = sends(row).opt_out
    assert token is not None
    return token


async def test_a_link_shows_first_and_stops_when_it_is_pressed(
    house: House, pages: tuple[ClientSession, TestServer]
) -> None:
    session, server = pages
    url = server.make_url(f"/u/{await token_of(house)}")
    async with session.get(url, headers={"Accept-Language": "zh-CN,en;q=0.5"}) as shown:
        text = await shown.text()
        assert (shown.status, 'lang="zh-CN"' in text, "确认退订" in text) == (200, True, True)
        assert shown.headers["Cache-Control"] == "no-store"
        assert MAIL not in text
    assert await may(house, MAIL)  # a GET changes nothing
    async with session.post(url, data={"what": "selling"}) as done:
        assert done.status == 200
    assert not await may(house, MAIL)
    assert not await may(house, CHEN, Purpose.SURVEY)
    assert await may(house, MAIL, Purpose.SERVICE)
    kept = len(await house.rows(consents))
    async with session.post(url, data={"what": "selling"}) as again:
        assert again.status == 200
    assert len(await house.rows(consents)) == kept
    async with session.get(url, headers={"Accept-Language": "en-GB"}) as shown:
        assert "Done" in await shown.text()
    async with session.post(url, data={"what": "all"}) as done:
        assert done.status == 200
    assert not await may(house, MAIL, Purpose.SERVICE)


async def test_the_button_of_a_mail_program_stops_at_once(
    house: House, pages: tuple[ClientSession, TestServer]
) -> None:
    """RFC 8058: one POST, with nothing else."""
    session, server = pages
    url = server.make_url(f"/u/{await token_of(house)}")
    async with session.post(url, data={"List-Unsubscribe": "One-Click"}) as done:
        assert done.status == 200
    assert not await may(house, MAIL)


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_link_stops_what_was_allowed_again_or_stopped_for_one_way_only(
    house: House, pages: tuple[ClientSession, TestServer], *, allowed: bool
) -> None:
    url = pages[1].make_url(f"/u/{await token_of(house)}")
    if allowed:
        await house.stops()

    def settle(tx: Tx, _: None) -> None:
        key = hash_address(key_of_addresses(tx), "email", MAIL)
        how = (Basis.CONSENT, "agent", "email") if allowed else (Basis.WITHDRAWN, "agent", "phone")
        for purpose in (Purpose.MARKETING, Purpose.SURVEY):
            keep_consents(tx, [NewConsent(key, purpose, allowed, *how, own_word=True)])

    await house.store.write(settle, None)
    assert await may(house, MAIL)
    await pages[0].post(url, data={"what": "selling"})
    assert not await may(house, MAIL)


@pytest.mark.parametrize("token", ["x", "A" * 90, "%00", "..%2f..", "退订"])
async def test_a_link_that_is_none_of_ours_stops_nobody(
    house: House, pages: tuple[ClientSession, TestServer], token: str
) -> None:
    session, server = pages
    await token_of(house)
    for method in ("GET", "POST"):
        async with session.request(method, server.make_url(f"/u/{token}")) as answer:
            assert answer.status == 404
    assert await house.rows(consents) == []


async def test_a_link_counts_where_the_record_is_gone(
    house: House, pages: tuple[ClientSession, TestServer]
) -> None:
    """Of an erased address there is nothing but the hash."""
    session, server = pages
    url = server.make_url(f"/u/{await token_of(house)}")

    def erase(tx: Tx, _: None) -> AddressKey:
        tx.execute(update(identities).values(value_norm=identities.c.id, value_raw=""))
        return hash_address(key_of_addresses(tx), "email", MAIL)

    key = await house.store.write(erase, None)
    async with session.post(url) as done:
        assert done.status == 200
    noes = [row for row in await house.rows(consents) if not row.allowed]
    assert key in {AddressKey(row.address_kind, row.address_hash) for row in noes}


@pytest.mark.parametrize("text", ["退订", "TD", "STOP", "Unsubscribe"])
async def test_words_in_a_message_stop_it(house: House, text: str) -> None:
    assert await may(house, CHEN)
    await house.mail(text)
    assert not await may(house, MAIL)
    assert not await may(house, CHEN)  # it counts for the person
    [entry] = [row for row in await house.rows(interactions) if row.text == text]
    assert entry.meta["opted_out"] == "marketing survey"
    assert entry.meta["why_not_acknowledged"] == "opted_out"
    assert await house.rows(outbox) == []


async def test_a_key_on_the_phone_stops_it(house: House) -> None:
    contact_id = await house.centre.call()
    await house.store.write(opt_out_by_key, KeyedOptOut(contact_id))
    assert not await may(house, MAIL)
    assert await may(house, MAIL, Purpose.SERVICE)
    await house.store.write(opt_out_by_key, KeyedOptOut(contact_id, everything=True))
    assert not await may(house, MAIL, Purpose.SERVICE)


async def test_the_same_twice_is_kept_twice_and_counts_once(house: House) -> None:
    await house.stops()
    before = len(await house.rows(consents))
    await house.stops()
    assert len(await house.rows(consents)) == 2 * before
    assert len(await house.store.read(_states, None)) == before


def _states(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(consent_states.c.consent_id)).scalars())


# ---- for ever -----------------------------------------------------------------------------------


async def imported(house: House, text: str) -> None:
    async def quiet(_done: int, _total: int) -> None: ...

    order = ImportOrder(SYSTEM, text.encode(), "CN", frozenset({"standard"}))
    await import_customers(house.store, order, quiet)


async def test_an_import_brings_nobody_back(house: House) -> None:
    await house.stops(STOP_ALL)
    await imported(house, f"name,email,phone\nChen,{MAIL},{CHEN}\n")
    for purpose in STOP_ALL:
        assert not await may(house, MAIL, purpose)
    # as another customer, or with another address: still the same person, or the same address
    await imported(house, f"name,email,phone\nChen,{NEW_MAIL},{CHEN}\n")
    assert not await may(house, NEW_MAIL)


async def test_a_yes_of_an_import_or_a_program_undoes_no_no(house: House) -> None:
    await house.stops()

    def say(tx: Tx, own_word: bool) -> list[bool]:
        key = hash_address(key_of_addresses(tx), "email", MAIL)
        yes = NewConsent(key, Purpose.MARKETING, True, Basis.CONSENT, "import", own_word=own_word)
        return [said.counts for said in keep_consents(tx, [yes])]

    assert await house.store.write(say, False) == [False]
    assert not await may(house, MAIL)
    assert await house.store.write(say, True) == [True]
    assert await may(house, MAIL)
    assert not await may(house, CHEN)


async def test_a_merge_takes_the_no_along_and_an_unmerge_does_not_lift_it(house: House) -> None:
    other = await house.store.write(add_customer, ("C.", [(IdentityKind.EMAIL, NEW_MAIL)]))
    await house.stops()
    assert await may(house, NEW_MAIL)
    merge = MergeCustomers(SYSTEM, house.chen, other, "same person")
    await house.store.write(merge_customers, merge)
    assert not await may(house, NEW_MAIL)
    await house.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, house.chen))
    assert not await may(house, MAIL)
    assert await may(house, NEW_MAIL)


async def test_who_shares_a_number_is_not_called_and_is_written_to(house: House) -> None:
    """The no counts at the number for all who use it, and for nobody's other addresses."""
    other = await house.store.write(add_customer, ("Li", [(IdentityKind.EMAIL, NEW_MAIL)]))

    def share(tx: Tx, _: None) -> None:
        tx.execute(
            update(identities).where(identities.c.value_norm == CHEN).values(status="shared")
        )
        row = tx.execute(select(identities).where(identities.c.value_norm == CHEN)).one()
        values = {**row._mapping, "id": new_id(), "customer_id": other}
        tx.execute(identities.insert().values(**values))

    await house.store.write(share, None)
    await house.stops(value=CHEN)
    rows = [row for row in await house.rows(identities) if row.value_norm == CHEN]
    asks = [AskFor(Purpose.MARKETING, "phone", row.id) for row in rows]
    answers = await house.store.read(may_contact, asks)
    assert answers == [Refused(Why.OPTED_OUT)] * 2
    assert await may(house, MAIL)
    assert await may(house, NEW_MAIL)


async def test_one_address_alone_can_be_left_out(house: House) -> None:
    await house.stops(value=CHEN, alone=True, channel="phone")
    assert await may(house, MAIL)
    ask = AskFor(Purpose.MARKETING, "phone", await house.identity(CHEN))
    assert await house.store.read(may_contact, [ask]) == [Refused(Why.OPTED_OUT)]


# ---- how often, when, and what -------------------------------------------------------------------


async def test_a_mail_in_the_night_waits_for_the_morning(house: House) -> None:
    house.centre.clock.set(house.centre.clock.now() + timedelta(hours=8))  # 22:00 in Shanghai
    await house.sells()
    [row] = await house.sent()
    assert row.not_before.isoformat() == "2026-03-11T01:00:00+00:00"
    assert await refused(house.begins(MARKETING, "visitor-2", "shop-chat", instant=True)) == (
        "outreach.quiet_hours"
    )


async def test_nobody_is_sold_to_more_often_than_the_rules_say(house: House) -> None:
    await house.change(per_week=1, per_month=0)
    contact_id = await house.sells()
    await house.writes(contact_id, "And this")  # the same contact counts once
    await house.closes(contact_id)
    assert await refused(house.begins()) == "outreach.too_often"
    overriding = OwnAccord(Purpose.MARKETING, override="They asked for it on the phone.")
    await house.sells(overriding)
    [line] = [row for row in await house.rows(audit_log) if row.action == "outreach.override"]
    assert (line.detail["over"], line.detail["reason"]) == ("too_often", overriding.override)
    assert (await house.outreach())[-1].override_reason == overriding.override
    house.centre.clock.advance(8 * 86_400)
    await house.sells()


async def test_where_the_set_up_asks_for_a_yes_only_who_said_it_is_sold_to(house: House) -> None:
    await house.change(per_week=0, per_month=0, only_with_consent=["marketing"])
    assert await refused(house.begins()) == "outreach.no_consent"

    def yes(tx: Tx, _: None) -> None:
        key = hash_address(key_of_addresses(tx), "email", MAIL)
        keep_consents(tx, [NewConsent(key, Purpose.MARKETING, True, Basis.CONSENT, "import")])

    await house.store.write(yes, None)
    await house.sells()


async def test_a_file_is_a_material_by_its_name_and_size(house: House) -> None:
    assert file_key("Spring.pdf ", 10) == file_key("spring.PDF", 10) != file_key("spring.pdf", 11)


# ---- at what cost --------------------------------------------------------------------------------


async def test_asking_costs_the_same_for_many(house: House) -> None:
    await house.stops(STOP_ALL)
    ids = [
        await house.store.write(
            add_customer, (f"N{number}", [(IdentityKind.EMAIL, f"n{number}@example.test")])
        )
        for number in range(12)
    ]
    assert len(ids) == 12
    asks = [
        AskFor(Purpose.MARKETING, "email", await house.identity(f"n{number}@example.test"))
        for number in range(12)
    ]

    def cost(tx: Tx, asked: list[AskFor]) -> int:
        counting = Counting(tx)
        may_contact(counting, asked)  # type: ignore[arg-type] # a transaction that counts
        return counting.count

    assert await house.store.read(cost, asks[:1]) == 6
    assert await house.store.read(cost, asks) == 6
    only = [AskFor(Purpose.SERVICE, ask.channel, ask.identity_id) for ask in asks]
    assert await house.store.read(cost, only) == 3
    asked_for = [AskFor(Purpose.SERVICE, "phone", "x", asked_for=True)]
    assert await house.store.read(cost, asked_for) == 0
