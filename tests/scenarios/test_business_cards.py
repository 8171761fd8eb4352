"""3,000 business cards imported, deduplicated, undone: an assistant typed for a week, a phone was
exported twice, and then it was the wrong address book.
"""

from __future__ import annotations

import pytest

from hub.customers.model import CustomerKind
from hub.customers.tables import customers, identities
from hub.storage import DirectoryBlobs, Store
from tests.integration.customers.builders import asks, count, identify, mail, phone
from tests.integration.customers.imports.build import everything
from tests.integration.customers.imports.desk import open_desk

PEOPLE = 2_600
AGAIN = 250  # the same card once more
MORE = 100  # another card of the same person, with a mail address more
KNOWN = 40  # of the people, who are customers already
STRANGERS = 30  # somebody else with the number of one of them
CONFLICTS = 10
UNREADABLE = 10


def card(name: str, number: str, *more: str) -> str:
    lines = ("BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"TEL;TYPE=CELL:{number}", *more)
    return "\r\n".join((*lines, "PHOTO;ENCODING=b:" + "QUJD" * 40, "END:VCARD", ""))


def number_of(person: int) -> str:
    return f"1380000{person:04}"


def address_book() -> str:
    firms = [f"ORG:企业{person % 97};部门" for person in range(PEOPLE)]
    cards = [card(f"客户{person}", number_of(person), firms[person]) for person in range(PEOPLE)]
    cards += [card(f"客户{person}", number_of(person), firms[person]) for person in range(AGAIN)]
    cards += [
        card(f"客户{person}", number_of(person), f"EMAIL:c{person}@example.com")
        for person in range(AGAIN, AGAIN + MORE)
    ]
    cards += [card(f"别人{person}", number_of(person)) for person in range(STRANGERS)]
    cards += [card(f"两人{n}", f"1390000{n:04}", f"EMAIL:two{n}@example.com") for n in range(10)]
    cards += [card(f"无号{n}", "12") for n in range(UNREADABLE)]
    return "".join(cards)


@pytest.mark.timeout(300)
async def test_3000_business_cards_are_imported_deduplicated_and_undone(
    store: Store, blobs: DirectoryBlobs
) -> None:
    async with open_desk(store, blobs) as desk:
        for person in range(KNOWN):  # they have called before
            await identify(store, asks(phone(number_of(person), f"客户{person}")))
        for n in range(CONFLICTS):  # one number and one mail address of two customers
            await identify(store, asks(phone(f"1390000{n:04}")), asks(mail(f"two{n}@example.com")))
        before = await everything(store, {"dirty_customers"})
        book = address_book().encode("gb18030")

        batch_id = await desk.previewed(book, name="cards.vcf")
        seen = await desk.ask("GET", f"/imports/{batch_id}")
        counts = seen["counts"]
        assert (seen["format"], seen["rows"]) == ("vcard", 3_000)
        assert counts["new"] == PEOPLE - KNOWN
        assert counts["match"] == KNOWN + AGAIN + MORE
        assert counts["conflict"] == STRANGERS + CONFLICTS
        assert counts["invalid"] == UNREADABLE
        assert await everything(store, {"dirty_customers"}) == before

        await desk.ask("POST", f"/imports/{batch_id}/run")
        await desk.work()
        done = await desk.ask("GET", f"/imports/{batch_id}")
        assert (done["state"], done["done"]) == ("done", 3_000)
        assert {name: done["counts"][name] for name in counts if name != "written"} == {
            name: counts[name] for name in counts if name != "written"
        }
        people = customers.c.kind == CustomerKind.PERSON
        assert await count(store, customers, people) == PEOPLE + 2 * CONFLICTS
        assert await count(store, customers, ~people) == 97
        assert await count(store, identities) == PEOPLE + MORE + 2 * CONFLICTS
        [stranger, *_] = await desk.rows(batch_id, "conflict")
        assert "同" in stranger["reasons"][0]["text"]

        again = await desk.previewed(book, name="cards.vcf", query="?source=again")
        counts = (await desk.ask("GET", f"/imports/{again}"))["counts"]
        assert (counts["new"], counts["match"]) == (0, PEOPLE + AGAIN + MORE)

        await desk.ask("POST", f"/imports/{batch_id}/undo")
        await desk.work()
        undone = await desk.ask("GET", f"/imports/{batch_id}")
        assert (undone["state"], undone["counts"]["kept"]) == ("undone", 0)
        after = await everything(store, {"dirty_customers"})
        assert {table: len(rows) for table, rows in after.items()} == {
            table: len(rows) for table, rows in before.items()
        }
        assert after == before
