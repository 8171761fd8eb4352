"""Indicators: each figure is what hand-written SQL counts, and its rows are behind it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, text, update

from hub.contacts.tables import contacts
from hub.customers.settings import save_home_zone
from hub.reporting.api import ReportRoutes
from hub.reporting.indicators import INDICATORS
from hub.storage import Tx, UTCDateTime
from tests.integration.customers.house import Client, House, serve

from .build import DAY, a_contact, a_customer, a_fax, a_move, a_promise, an_answer, an_order, at

PERIOD = "since=2026-03-01&until=2026-03-31"
_MOVED = (
    "SELECT count(DISTINCT coalesce(h.merged_into_id, h.id)) FROM stage_moves m"
    " JOIN customers h ON h.id = m.customer_id WHERE m.after = 'STAGE' AND [m.at within]"
)

# By indicator: hand-written SQL of numerator and denominator, and what they come to.
BY_HAND: dict[str, tuple[str, int, str | None, int | None]] = {
    "customers": (
        "SELECT count(*) FROM customers WHERE merged_into_id IS NULL AND archived_at IS NULL"
        " AND created_at < :end",
        3,
        None,
        None,
    ),
    "new_customers": (
        "SELECT count(*) FROM customers WHERE merged_into_id IS NULL AND [created_at within]",
        4,
        None,
        None,
    ),
    "conversion_prospect": (
        # Old Ann's prospect is Ann's, who became an opportunity.
        "SELECT count(*) FROM stage_moves WHERE customer_id = 'ann' AND after = 'opportunity'",
        1,
        _MOVED.replace("STAGE", "prospect"),
        2,
    ),
    "conversion_opportunity": (
        "SELECT count(*) FROM stage_moves WHERE customer_id = 'ann' AND after = 'ordering'",
        1,
        _MOVED.replace("STAGE", "opportunity"),
        1,
    ),
    "conversion_ordering": (
        "SELECT count(*) FROM stage_moves WHERE after = 'user'",
        0,
        _MOVED.replace("STAGE", "ordering"),
        1,
    ),
    "success_rate": (
        "SELECT count(DISTINCT n.customer_id) FROM commitments m"
        " JOIN customer_identities n ON n.id = m.identity_id"
        " JOIN customers h ON coalesce(h.merged_into_id, h.id) = n.customer_id"
        " JOIN orders o ON o.customer_id = h.id AND o.ordered_at >= m.made_at"
        " WHERE m.kind = 'quote' AND m.state <> 'withdrawn'"
        " AND o.state NOT IN ('cancelled', 'returned') AND [m.made_at within]",
        1,
        "SELECT count(DISTINCT identity_id) FROM commitments WHERE kind = 'quote'"
        " AND state <> 'withdrawn' AND [made_at within]",
        2,
    ),
    "visits": (
        "SELECT count(*) FROM interactions WHERE kind = 'visit' AND [at within]",
        2,
        None,
        None,
    ),
    "visits_in_time": (
        "SELECT count(*) FROM commitments WHERE kind IN ('visit', 'repair') AND state = 'kept'"
        " AND first_broken_at IS NULL AND [due_at within]",
        1,
        "SELECT count(*) FROM commitments WHERE kind IN ('visit', 'repair')"
        " AND state <> 'withdrawn' AND [due_at within]",
        2,
    ),
    "deciders_met": (
        "SELECT count(DISTINCT r.person_id) FROM organisation_roles r"
        " JOIN customer_identities n ON n.customer_id = r.person_id"
        " JOIN interactions i ON i.identity_id = n.id AND i.kind = 'visit'"
        " WHERE r.decides AND [i.at within]",
        1,
        "SELECT count(DISTINCT person_id) FROM organisation_roles WHERE decides"
        " AND created_at < :end",
        2,
    ),
    "quotes": (
        "SELECT count(*) FROM commitments WHERE kind = 'quote' AND state <> 'withdrawn'"
        " AND [made_at within]",
        2,
        None,
        None,
    ),
    # Ann's last score is Old Ann's 2, of the day after her 5; she ordered after it.
    "loyalty_2": ("SELECT count(*) FROM orders WHERE id = 'o2'", 1, "SELECT 1", 1),
    "loyalty_5": ("SELECT 0", 0, "SELECT 0", 0),
    "loyalty_4": ("SELECT count(*) FROM orders WHERE id = 'o3'", 1, "SELECT 1", 1),
    "churn_competitor": (
        "SELECT count(DISTINCT customer_id) FROM customer_facts WHERE competitor_id IS NOT NULL",
        1,
        "SELECT count(DISTINCT customer_id) FROM stage_moves WHERE axis = 'standing'"
        " AND after IN ('dormant', 'lost') AND [at within]",
        2,
    ),
    "churn_broken": (
        "SELECT count(*) FROM commitments WHERE first_broken_at IS NOT NULL"
        " AND identity_id = 'i-bob'",
        1,
        None,
        2,
    ),
    "churn_defect": ("SELECT count(*) FROM service_cases WHERE id = 'd2'", 1, None, 2),
    "churn_complaint": ("SELECT 0", 0, None, 2),
    "churn_dissatisfied": ("SELECT 0", 0, None, 2),
    "churn_unknown": ("SELECT count(*) FROM customers WHERE id = 'dan'", 1, None, 2),
}


async def by_hand(house: House, sql: str) -> int:
    def count(tx: Tx, _: None) -> int:
        begin, end = (
            bindparam(name, moment, type_=UTCDateTime())
            for name, moment in (("begin", at(-9.1667)), ("end", at(21.8334)))
        )
        written = re.sub(r"\[(\S+) within\]", r"\1 >= :begin AND \1 < :end", sql)
        asked = text(written)
        named = [one for one in (begin, end) if f":{one.key}" in written]
        found: int = tx.execute(asked.bindparams(*named).columns(n=Integer)).scalar_one()
        return found

    return await house.store.read(count, None)


async def asked(client: Client, path: str, who: str = "supervisor") -> Any:
    status, answer = await client.ask("GET", f"/reports{path}", who=who)
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("key", sorted(BY_HAND))
async def test_a_figure_is_what_hand_written_sql_counts(
    client: Client, house: House, key: str
) -> None:
    above, numerator, below, denominator = BY_HAND[key]
    one = (await asked(client, f"/indicators/{key}?{PERIOD}"))["indicator"]
    assert (one["numerator"], one["denominator"]) == (numerator, denominator)
    assert await by_hand(house, above) == numerator
    if below is not None:
        assert await by_hand(house, below) == denominator
    for part, count in (("numerator", numerator), ("denominator", denominator or 0)):
        rows = await asked(client, f"/indicators/{key}/rows?{PERIOD}&of={part}")
        assert (len(rows["items"]), rows["after"]) == (count, None)


async def test_each_has_its_words_in_both_languages_and_groups_are_told_apart(
    client: Client,
) -> None:
    found = await asked(client, f"/indicators?{PERIOD}")
    assert found["period"] == {"since": "2026-03-01", "until": "2026-03-31", "zone": "UTC"}
    assert [one["key"] for one in found["items"]] == list(INDICATORS)
    for one in found["items"]:
        for field in ("name", "definition", "numerator_is", "denominator_is"):
            if one[field] is not None:
                assert one[field]["zh"]
                assert one[field]["en"]
        assert (one["denominator"] is None) is (one["denominator_is"] is None)
        single = (await asked(client, f"/indicators/{one['key']}?{PERIOD}"))["indicator"]
        assert single == one
    loyalty = await asked(client, f"/indicators?{PERIOD}&group=loyalty")
    assert [one["key"] for one in loyalty["items"]] == [f"loyalty_{n}" for n in range(1, 6)]


async def test_faxes_are_counted_by_how_they_fared_and_why(client: Client, house: House) -> None:
    def bring(tx: Tx, _: None) -> None:
        for number, (way, state, said) in enumerate(
            (
                ("in", None, None),
                ("out", "delivered", "2 pages delivered"),
                ("out", "sent", "fax_handed_over: 1"),
                ("out", "failed", "fax_busy: Busy signal detected"),
                ("out", "failed", "fax_busyness: of another word"),
                ("out", "failed", None),
                ("out", "pending", None),
                ("internal", None, None),
            )
        ):
            told = {"pages": 3} if way == "in" else {"delivered_pages": 2, "pages": 90}
            a_fax(tx, f"f{number}", "ann", way, delivery=state, delivery_detail=said, meta=told)
        a_fax(tx, "f-unknown", "ann", "in")  # nobody knows how many pages it has
        for key, spam in (("c1", {"ended_as": "spam"}), ("c2", {"state": "quarantined"})):
            a_contact(tx, key, "ann", 0)
            tx.execute(update(contacts).where(contacts.c.id == key).values(**spam))
            a_fax(tx, f"f-{key}", "ann", "in", contact_id=key, meta={"pages": 500})

    await house.store.write(bring, None)
    found = await asked(client, f"/indicators?{PERIOD}&group=fax")
    assert {one["key"]: (one["numerator"], one["denominator"]) for one in found["items"]} == {
        "fax_received": (2, None),
        "fax_pages_received": (3, None),
        "fax_pages_delivered": (2, None),
        "fax_delivered": (1, 5),
        "fax_failed": (3, 5),
        "fax_failed_busy": (1, 3),
        "fax_failed_no_answer": (0, 3),
        "fax_failed_no_fax": (0, 3),
        "fax_failed_bad_number": (0, 3),
        "fax_failed_broken_off": (0, 3),
        "fax_failed_other": (2, 3),
    }
    behind = await asked(client, f"/indicators/fax_pages_received/rows?{PERIOD}")
    shown = [(row["id"], row["amount_minor"], row["currency"]) for row in behind["items"]]
    assert sorted(shown) == [("f-unknown", None, "pages"), ("f0", 3, "pages")]


async def test_no_rate_is_told_of_fewer_than_five(client: Client, house: House) -> None:
    path = f"/indicators/loyalty_3?{PERIOD}"

    def say(number: int, orders: bool) -> Any:
        def write(tx: Tx, _: None) -> None:
            key = f"eve{number}"
            a_customer(tx, key)
            an_answer(tx, f"a-{key}", key, 5, 3)
            if orders:
                an_order(tx, f"o-{key}", key, 6, 100)

        return write

    for number in range(4):
        await house.store.write(say(number, number < 3), None)
    one = (await asked(client, path))["indicator"]
    assert (one["numerator"], one["denominator"], one["rate"]) == (3, 4, None)
    await house.store.write(say(4, False), None)
    one = (await asked(client, path))["indicator"]
    assert (one["numerator"], one["denominator"]) == (3, 5)
    rate = one["rate"]
    assert rate["share"] == 0.6
    # Wilson's interval of 3 of 5 (Brown, Cai & DasGupta 2001)
    assert (round(rate["low"], 4), round(rate["high"], 4)) == (0.2307, 0.8824)


async def test_a_first_look_is_no_move_but_for_who_came_in_the_period(
    client: Client, house: House
) -> None:
    """Who is imported was a prospect, or dormant, before the hub looked at them."""

    def bring(tx: Tx, _: None) -> None:
        a_customer(tx, "old", created_at=at(-100))
        a_customer(tx, "new", created_at=at(1))
        for who in ("old", "new"):
            a_move(tx, f"{who}-stage", who, "stage", "prospect", 5, None)
            a_move(tx, f"{who}-standing", who, "standing", "dormant", 5, None)
        a_move(tx, "old-lost", "old", "standing", "lost", 9, "dormant")

    async def of(key: str) -> set[str]:
        rows = await asked(client, f"/indicators/{key}/rows?{PERIOD}&of=denominator")
        return {row["customer_id"] for row in rows["items"]}

    await house.store.write(bring, None)
    assert await of("conversion_prospect") == {"ann", "bob", "new"}
    assert await of("churn_unknown") == {"bob", "dan"}


async def test_a_visit_missed_and_then_postponed_is_not_in_time(
    client: Client, house: House
) -> None:
    def put_off(tx: Tx, _: None) -> None:
        for key, first in (("late", at(4)), ("prompt", None)):
            a_promise(tx, key, "dan", "visit", 3, state="kept", first_broken_at=first)

    await house.store.write(put_off, None)
    rows = await asked(client, f"/indicators/visits_in_time/rows?{PERIOD}")
    assert {row["id"] for row in rows["items"]} == {"w1", "prompt"}
    rows = await asked(client, f"/indicators/churn_broken/rows?{PERIOD}")
    assert {row["customer_id"] for row in rows["items"]} == {"bob", "dan"}


async def test_reports_take_turns(house: House) -> None:
    class Watched:
        """The store, and how many are reading at once."""

        def __init__(self) -> None:
            self.dialect, self.reading, self.most = house.store.dialect, 0, 0
            self.write = house.store.write

        async def read(self, function: Any, argument: Any) -> Any:
            self.reading += 1
            self.most = max(self.most, self.reading)
            try:
                return await house.store.read(function, argument)
            finally:
                self.reading -= 1

    watched: Any = Watched()
    async with serve(house, ReportRoutes(watched)) as client:
        paths = ("/reports/indicators", "/reports/products", "/reports/indicators/visits/rows")
        exports = ("/exports/orders", "/exports/products")
        files = [client.server.make_url(f"/api/v1{path}") for path in (*paths, *exports) * 2]

        async def get(address: Any) -> int:
            headers = {"Authorization": "Bearer supervisor"}
            async with client.session.get(address, headers=headers) as answer:
                await answer.read()
                return answer.status

        assert set(await asyncio.gather(*(get(one) for one in files))) == {200}
    assert watched.most == 1


async def test_rows_come_in_pages_newest_first(client: Client) -> None:
    path = f"/indicators/new_customers/rows?{PERIOD}&limit=3"
    first = await asked(client, path)
    rest = await asked(client, f"{path}&after={first['after']}")
    shown = [one["customer_id"] for one in (*first["items"], *rest["items"])]
    assert shown == ["dan", "cat", "bob", "ann"]
    assert rest["after"] is None
    quotes = (await asked(client, f"/indicators/quotes/rows?{PERIOD}"))["items"]
    assert [(one["id"], one["label"], one["amount_minor"]) for one in quotes] == [
        ("q2", "Kettle", None),
        ("q1", "promise q1", 990),
    ]


async def test_a_period_ends_with_its_last_day_in_the_zone_of_the_set_up(
    client: Client, house: House
) -> None:
    # Ann, Bob, Cat and Dan came at 4 in London: the day before in Honolulu, 10 hours behind.
    await house.store.write(save_home_zone, "Pacific/Honolulu")
    for day, count in ((9, 1), (10, 0), (11, 1), (12, 1), (13, 1), (14, 0)):
        path = f"/indicators/new_customers?since=2026-03-{day:02}&until=2026-03-{day:02}"
        assert (await asked(client, path))["indicator"]["numerator"] == count
    usual = (await asked(client, "/indicators/visits"))["period"]
    now = (await house.now()) - 10 * DAY / 24
    assert usual["until"] == now.date().isoformat()
    assert usual["since"] == (now - 29 * DAY).date().isoformat()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/indicators/nothing", 404),
        ("/indicators/nothing/rows", 404),
        ("/indicators?since=yesterday", 422),
        ("/indicators?since=2026-03-02&until=2026-03-01", 422),
        ("/indicators?since=0001-01-01", 422),
        ("/indicators?group=secrets", 422),
        ("/indicators/visits/rows?after=x", 400),
        ("/indicators/visits/rows?of=both", 422),
    ],
)
async def test_what_cannot_be_counted_is_refused(client: Client, path: str, status: int) -> None:
    got, answer = await client.ask("GET", f"/reports{path}", who="supervisor")
    assert got == status, answer


async def test_agents_are_told_no_figure(client: Client) -> None:
    for path in ("/indicators", "/indicators/visits", "/indicators/visits/rows", "/products"):
        assert (await client.ask("GET", f"/reports{path}"))[0] == 403


async def test_a_branch_counts_its_own_customers_and_everybodys(branch: Client) -> None:
    for one in (await asked(branch, f"/indicators?{PERIOD}"))["items"]:
        for part in ("numerator", "denominator"):
            rows = await asked(branch, f"/indicators/{one['key']}/rows?{PERIOD}&of={part}")
            assert {row["customer_id"] for row in rows["items"]} <= {"ann", "dan"}
            assert len(rows["items"]) == (one[part] or 0)
    products = {one["product_id"]: one for one in await asked(branch, "/products")}
    assert products["kettle"]["orders"] == 2  # the third is Bob's, of the south


async def test_products_say_what_is_wanted_and_what_is_thought(client: Client) -> None:
    kettle, teapot, unsold = await asked(client, "/products")
    assert [one["product_id"] for one in (kettle, teapot, unsold)] == ["kettle", "teapot", "unsold"]
    wanted = ("quotes", "quoted_customers", "contacts", "asking_customers", "orders", "buyers")
    assert [kettle[name] for name in wanted] == [2, 2, 3, 2, 3, 2]
    thought = ("scores", "score_mean", "satisfied", "satisfied_rate", "complaints", "defects")
    assert [kettle[name] for name in thought] == [3, None, 2, None, 1, 2]
    assert (kettle["currency"], kettle["sold_minor"]) == (None, None)  # yuan and dollars
    assert (teapot["currency"], teapot["sold_minor"]) == ("CNY", 400)
    assert [unsold[name] for name in wanted] == [0, 0, 0, 0, 0, 0]
