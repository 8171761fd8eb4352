"""How SQLite reads marts and indicators, without statistics: the hub never runs ANALYZE."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import pytest
from sqlalchemy import Select, false, text
from sqlalchemy.dialects import sqlite

from hub.contacts.research.reads import brief_satisfaction
from hub.customers.access import Scope
from hub.reporting.export import MartPage, mart_pages, page_of, whole_of
from hub.reporting.indicators import INDICATORS
from hub.reporting.marts import MARTS
from hub.reporting.model import period_of
from hub.reporting.service import list_products
from hub.storage import Store, Tx
from tests.integration.customers.house import House

from .build import at

EVERYTHING = Scope("", True, frozenset(), false())
TEAM = Scope("sun", False, frozenset({"team"}), false())
PARTS = [(mart, part) for mart in MARTS.values() for part in mart.parts or (None,)]


class Step(NamedTuple):
    """`parent` 0: of the statement itself and not of one in it."""

    parent: int
    detail: str


def explained(tx: Tx, statement: str) -> list[Step]:
    rows = tx.execute(text("EXPLAIN QUERY PLAN " + statement.replace(":", "\\:"))).all()
    return [Step(row.parent, row.detail) for row in rows]


def plan(tx: Tx, asked: Select[Any]) -> list[Step]:
    words = asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    return explained(tx, str(words))


class Heard:
    """A transaction, and what it was asked."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.asked: list[Select[Any]] = []

    def execute(self, asked: Select[Any]) -> Any:
        self.asked.append(asked)
        return self._tx.execute(asked)


def read_at(steps: list[Step], table: str) -> list[str]:
    """How a table is read, by whichever name."""
    return [one.detail for one in steps if one.detail.split()[1] == table]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """How PostgreSQL reads a table of four rows says nothing."""
    return sqlite_store


async def test_a_page_reads_its_rows_and_sorts_no_others(house: House) -> None:
    for mart, part in PARTS:
        if mart.by_branch:
            continue  # adds up what there is: as many rows as there are products
        asked = page_of(MartPage(mart, EVERYTHING, part, ("m",) * len(mart.key)))
        found = await house.store.read(plan, asked)
        sorts = [one.detail for one in found if one.parent == 0 and "B-TREE" in one.detail]
        # The lines of one order at a time: their numbers are text here.
        lines = ["USE TEMP B-TREE FOR RIGHT PART OF ORDER BY"]
        assert sorts == (lines if part == "order" else []), (mart.name, part, found)


async def test_a_page_of_a_branch_looks_its_customers_up(house: House) -> None:
    for mart, part in PARTS:
        for after in (None, ("m",) * len(mart.key)):
            found = await house.store.read(plan, page_of(MartPage(mart, TEAM, part, after)))
            scans = [one for one in read_at(found, "customers") if one.startswith("SCAN")]
            assert scans == [], (mart.name, part, found)


async def test_scores_are_looked_up_by_their_contact(house: House) -> None:
    for name, part in (("contacts", None), ("product_events", "contact")):
        asked = page_of(MartPage(MARTS[name], EVERYTHING, part, None))
        (answers,) = read_at(await house.store.read(plan, asked), "a")
        assert "ix_survey_answers_contact (contact_id=?)" in answers


async def test_faxes_of_a_period_are_found_among_faxes(house: House) -> None:
    period = period_of("", "", "UTC", at(30))
    for key in ("fax_received", "fax_failed_busy", "fax_failed_other"):
        asked = INDICATORS[key].numerator.side(period, at(30))
        (found,) = read_at(await house.store.read(plan, asked), "interactions")
        assert "ix_interactions_faxes (at>? AND at<?)" in found, key


@pytest.mark.parametrize(
    ("key", "table", "index"),
    [
        ("conversion_prospect", "stage_moves", "ix_stage_moves_customer (customer_id=? AND at>?)"),
        ("churn_dissatisfied", "survey_answers", "ix_survey_answers_identity (identity_id=?"),
    ],
)
async def test_what_one_customer_did_is_looked_up_by_them(
    house: House, key: str, table: str, index: str
) -> None:
    period = period_of("", "", "UTC", at(30))
    asked = INDICATORS[key].numerator.side(period, at(30))
    found = read_at(await house.store.read(plan, asked), table)
    assert [one for one in found if index in one]
    moments = [one for one in found if index not in one]
    assert all("(at>? AND at<?)" in one for one in moments), found  # those of the period


@pytest.mark.parametrize("ids", [["i-ann"], ["i-ann", "i-old-ann"]])
async def test_the_newest_scores_are_looked_up_by_their_addresses(
    house: House, ids: list[str]
) -> None:
    def ask(tx: Tx, _: None) -> list[list[Step]]:
        heard = Heard(tx)
        brief = brief_satisfaction(cast(Tx, heard), ids, steers=True)
        assert brief.n
        return [plan(tx, one) for one in heard.asked if "survey_answers" in str(one)]

    (found,) = await house.store.read(ask, None)
    (answers,) = read_at(found, "survey_answers")
    assert "ix_survey_answers_identity (identity_id=?" in answers


async def test_products_are_added_up_part_by_part_and_joined_by_an_index(house: House) -> None:
    def both(tx: Tx, _: None) -> list[list[Step]]:
        heard = Heard(tx)
        list_products(cast(Tx, heard), EVERYTHING)
        (page,) = heard.asked
        return [plan(tx, page), plan(tx, whole_of(MARTS["products"], EVERYTHING))]

    for found in await house.store.read(both, None):
        assert not [one for one in found if "mart_product_events" in one.detail], found
        assert "(product_id=?)" in read_at(found, "s")[-1], found


async def test_products_are_exported_by_one_statement(house: House) -> None:
    asked: list[Any] = []

    class Watched:
        async def read(self, function: Any, argument: Any) -> Any:
            asked.append(argument)
            return await house.store.read(function, argument)

    watched: Any = Watched()
    pages = [page async for page in mart_pages(watched, MARTS["products"], EVERYTHING, 2)]
    assert len(asked) == 1
    keys = [(row.product_id, row.branch_id) for page in pages for row in page]
    assert keys == sorted(set(keys))
    assert [len(page) for page in pages] == [2] * (len(keys) // 2) + [1] * (len(keys) % 2)
