"""Whose a fax is, through a real hub: its number is known as a customer's phone, or as nobody's."""

from __future__ import annotations

import shutil

from hub.accounts.model import SYSTEM
from hub.care import merge_customers, unmerge_customer
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.merging.service import MergeCustomers, UnmergeCustomer
from hub.customers.model import IdentityKind
from tests.conftest import skip_missing
from tests.unit.fax.samples import raw_fax

from .stage import Stage, settled

NATIONAL = "021 6123 4567"  # HylaFAX says 02161234567; another gateway may say it with +86
FAX = raw_fax("hylafax_received")


def said_by(number: str, fax_id: str) -> bytes:
    """The gateway's mail about another fax, from this number."""
    return FAX.replace(b"02161234567", number.encode()).replace(b"202603101159", fax_id.encode())


async def test_a_fax_from_a_customers_phone_has_their_tier_and_stands_in_their_history(
    stage: Stage,
) -> None:
    chen = await stage.known("Chen Li", "gold", phone=NATIONAL)
    await stage.fax(FAX)
    (contact,) = await stage.contacts()
    assert await stage.owner(contact.identity_id) == chen
    assert contact.tier == "gold"
    async with stage.console("Li") as agent:
        record = await agent.call("GET", f"/customers/{chen}")
        added = [one for one in record["identities"] if one["kind"] == "fax"]
        assert [(one["verified"], one["status"]) for one in added] == [(False, "active")]
        timeline = await agent.call("GET", f"/customers/{chen}/timeline")
        assert [one["channel"] for one in timeline["items"]] == ["fax"]


async def test_a_shared_phone_number_makes_nobodys_fax(stage: Stage) -> None:
    chen = await stage.known("Chen Li", "gold", phone=NATIONAL)
    wang = await stage.known("Wang Fang", "low")
    line = NewAddress(IdentityKind.PHONE, NATIONAL)
    await stage.hub.store.write(add_identity, AddIdentity(SYSTEM, wang, line, "CN", shared=True))
    await stage.fax(FAX)
    (contact,) = await stage.contacts()
    assert await stage.owner(contact.identity_id) not in (chen, wang)
    assert contact.tier == "standard"


async def test_a_fax_follows_the_phone_number_through_a_merge_and_its_undoing(
    stage: Stage,
) -> None:
    store = stage.hub.store
    chen = await stage.known("Chen Li", "low", phone=NATIONAL)
    firm = await stage.known("Chen & Sons", "gold", email="office@chen.example")
    await store.write(merge_customers, MergeCustomers(SYSTEM, chen, firm, "the same"))
    await stage.fax(said_by("+862161234567", "1"))
    (contact,) = await stage.contacts()
    assert (await stage.owner(contact.identity_id), contact.tier) == (firm, "gold")
    await store.write(unmerge_customer, UnmergeCustomer(SYSTEM, chen))
    (contact,) = await stage.contacts()
    assert (await stage.owner(contact.identity_id), contact.tier) == (chen, "low")


async def test_a_withheld_number_is_nobodys_until_one_is_read_on_the_page(stage: Stage) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    chen = await stage.known("Chen Li", "gold", phone=NATIONAL)
    async with stage.console("Li", ready=False):
        await stage.fax(raw_fax("hylafax_received_no_caller"))

        async def read() -> bool:
            (contact,) = await stage.contacts()
            return await stage.owner(contact.identity_id) == chen

        await settled(read, 60)
        (contact,) = await stage.contacts()
        assert contact.tier == "gold"


async def test_withheld_and_internal_numbers_are_nobodys(stage: Stage) -> None:
    chen = await stage.known("Chen Li", "gold", phone="8001")
    await stage.fax(said_by("8001", "1"))
    await stage.fax(said_by("anonymous", "2"))
    rows = await stage.contacts()
    owners = {await stage.owner(row.identity_id) for row in rows}
    assert len(rows) == len(owners) == 2
    assert chen not in owners
    assert {row.tier for row in rows} == {"standard"}
