"""Tags put on many contacts at once: whose, what each refusal says, and what an undo needs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from hub.accounts.model import SYSTEM
from hub.contacts.tables import contacts
from hub.contacts.tags.model import MOST
from hub.contacts.tags.service import SetTags, SetTagsOfMany, set_tags, set_tags_of_many
from hub.contacts.tags.tables import contact_tags, tags
from hub.storage import Tx
from hub.web import Role
from tests.integration.customers.allocation.build import counting

from .conftest import Person, Place


def make_tags(tx: Tx, keys: list[str]) -> None:
    made = {"colour": "grey", "retired": False, "version": 1}
    rows = [{**made, "id": key, "zh": key, "en": key, "position": n} for n, key in enumerate(keys)]
    tx.execute(insert(tags), rows)


async def waiting(place: Place, number: int, point: str = "mail") -> list[str]:
    found = [await place.write_in("Hello", point, f"c{n}@example.test") for n in range(number)]
    return [str(receipt.contact_id) for receipt in found]


async def tag(person: Person, ids: list[str], **act: list[str]) -> Any:
    body = {"contact_ids": ids, "do": {"act": "tags", **act}}
    status, answer = await person.ask("POST", "/contacts/bulk", body)
    assert status == 200, answer
    return answer


async def tags_now(place: Place) -> dict[str, list[str]]:
    """The tags by contact, as its row repeats them and as `contact_tags` has them: the same."""

    def read(tx: Tx, _: None) -> dict[str, list[str]]:
        said = {row.id: row.tags or [] for row in tx.execute(select(contacts))}
        held = {(row.contact_id, row.tag_id) for row in tx.execute(select(contact_tags))}
        assert held == {(id_, key) for id_, keys in said.items() for key in keys}
        return said

    return await place.hub.store.read(read, None)


async def test_many_are_tagged_and_taken_back_exactly(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    await place.hub.store.write(make_tags, ["refund", "late", "done"])
    a, b, c = ids = await waiting(place, 3)
    await tag(chen, [a], add=["refund", "late"])
    await tag(chen, [b], add=["late"])
    answer = await tag(chen, [*ids, a], add=["refund"], remove=["late"])
    assert answer["refused"] == []
    told = [(one["contact_id"], one["added"], one["removed"]) for one in answer["done"]]
    assert told == [(a, [], ["late"]), (b, ["refund"], ["late"]), (c, ["refund"], [])]
    assert await tags_now(place) == {a: ["refund"], b: ["refund"], c: ["refund"]}
    for one in answer["done"]:
        await tag(chen, [one["contact_id"]], add=one["removed"], remove=one["added"])
    assert await tags_now(place) == {a: ["refund", "late"], b: ["late"], c: []}


async def test_the_timeline_and_the_consoles_are_told_of_what_changed_only(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await place.hub.store.write(make_tags, ["refund"])
    a, b = await waiting(place, 2)
    await tag(boss, [a], add=["refund"])
    before = {id_: (await boss.ask("GET", f"/contacts/{id_}"))[1]["contact"] for id_ in (a, b)}
    await tag(boss, [a, b], add=["refund"])
    for id_ in (a, b):
        row = (await boss.ask("GET", f"/contacts/{id_}"))[1]["contact"]
        assert row["version"] == before[id_]["version"] + (id_ == b)
        path = f"/conversations/{row['conversation_id']}/interactions"
        _, page = await boss.ask("GET", path)
        told = [one for one in page["items"] if one["meta"].get("code") == "tagged"]
        assert [(one["meta"]["added"], one["author_name"]) for one in told] == [
            (["refund"], "Boss")
        ]


async def test_each_contact_is_asked_whether_one_may(place: Place) -> None:
    south = await place.hire("south", Role.SUPERVISOR, "south")
    await place.hub.store.write(make_tags, ["refund"])
    theirs, mine = await waiting(place, 1), await waiting(place, 1, "finance-mail")
    answer = await tag(south, [*theirs, *mine, "nobodys"], add=["refund"])
    assert [one["contact_id"] for one in answer["done"]] == mine
    assert {one["contact_id"]: one["code"] for one in answer["refused"]} == {
        theirs[0]: "not_found",
        "nobodys": "not_found",
    }
    assert await tags_now(place) == {theirs[0]: [], mine[0]: ["refund"]}


async def test_one_that_has_too_many_stops_no_other(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    many = [f"t{n}" for n in range(MOST)]
    await place.hub.store.write(make_tags, [*many, "refund"])
    full, other = await waiting(place, 2)
    await tag(chen, [full], add=many)
    answer = await tag(chen, [full, other], add=["refund"])
    assert [one["code"] for one in answer["refused"]] == ["tags.many"]
    assert [one["contact_id"] for one in answer["done"]] == [other]
    answer = await tag(chen, [other], add=["nope"])
    assert [one["code"] for one in answer["refused"]] == ["tags.unknown"]
    assert (await tags_now(place))[other] == ["refund"]


async def test_what_makes_no_sense_is_refused_as_a_whole(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    [contact] = await waiting(place, 1)
    for act, code in (
        ({}, "invalid"),
        ({"add": ["a"], "remove": ["a"]}, "tags.both"),
        ({"add": [f"t{n}" for n in range(MOST + 1)]}, "invalid"),
    ):
        body = {"contact_ids": [contact], "do": {"act": "tags", **act}}
        status, problem = await chen.ask("POST", "/contacts/bulk", body)
        assert (status in (400, 422), problem["code"]) == (True, code)


async def test_many_cost_the_statements_of_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.hub.store.write(make_tags, ["refund", "late"])
    first, *others = await waiting(place, 40)

    def cost(tx: Tx, ids: list[str]) -> int:
        for id_ in ids:
            set_tags(tx, SetTags(id_, SYSTEM, ("late",)))
        cmd = SetTagsOfMany(tuple(ids), SYSTEM, ("refund",), ("late",))
        # Rows and seqs of one kind travel in few sizes on SQLite.
        return counting(tx, monkeypatch, lambda: set_tags_of_many(tx, cmd), "INSERT INTO")

    await place.hub.store.write(cost, [first])  # what is read once is read
    assert await place.hub.store.write(cost, others) == await place.hub.store.write(cost, [first])
    assert set(map(tuple, (await tags_now(place)).values())) == {("refund",)}


async def test_more_than_one_transaction_holds_are_all_done_in_order(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    await place.hub.store.write(make_tags, ["refund"])
    ids = await waiting(place, 130)
    answer = await tag(boss, ids, add=["refund"])
    assert [one["contact_id"] for one in answer["done"]] == ids
    assert set(map(tuple, (await tags_now(place)).values())) == {("refund",)}
