"""A tier run is a function of its inputs: the order of rows, and running again, change nothing."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.customers.model import TierSource
from hub.customers.value.deciding import Decider
from hub.customers.value.engine import digest, named_of, rank, scores
from hub.customers.value.figures import Figures
from hub.customers.value.model import NAMES, UNKNOWN, Bought, Flag, Ranked, Shares, Window
from hub.customers.value.rules import (
    Before,
    ShortHistory,
    TierRules,
    Tiers,
    check_rules,
    tiers_of,
    usual_document,
)

UNTIL = datetime(2026, 6, 30, 16, tzinfo=UTC)
WINDOW = Window(UNTIL - timedelta(days=365), UNTIL, 365)
TIERS = tiers_of(("gold", "potential_gold", "standard", "low"), "standard")
DAY_US = 86_400_000_000

Row = tuple[str, tuple[int, ...]]


@st.composite
def customers(draw: st.DrawFn) -> list[Row]:
    """Customers with figures that can be: some alike, some at a loss, some who bought long ago."""
    count = draw(st.integers(0, 30))
    rows: list[Row] = []
    for number in range(count):
        orders = draw(st.integers(0, 4))
        revenue = draw(st.sampled_from([0, 1, 5, 5, 100, 1000, 10**12, -50])) if orders else 0
        newer = draw(st.integers(0, revenue)) if revenue > 0 else 0
        cost = draw(st.sampled_from([0, 0, 0, 7, 2000]))
        last = WINDOW.until_us - draw(st.integers(0, 364)) * DAY_US
        first = last - draw(st.integers(0, 800)) * DAY_US
        rows.append(
            (f"c{number:02}", (orders, revenue, revenue, cost, newer, first, last, 0, 1, 1))
        )
    return rows


sources = st.sampled_from([s.value for s in TierSource if s is not TierSource.ORGANISATION])
befores = st.builds(
    Before,
    st.sampled_from(TIERS.order),
    sources,
    st.none() | st.sampled_from(TIERS.order),
)


def bought_of(rows: list[Row]) -> Bought:
    bought = Bought()
    for customer_id, figures in rows:
        bought.add(customer_id, figures)
    return bought.in_order()


def usual_rules(short: ShortHistory = ShortHistory.NOT_LOWER) -> TierRules:
    rules = check_rules(usual_document(TIERS) | {"short_history": short.value}, TIERS.order)
    assert isinstance(rules, TierRules)
    return rules


def columns(ranked: Ranked) -> tuple[list[int], ...]:
    names = ("profit", "rank", "share", "trend", "rfm", "named", "flags")
    return tuple(list(getattr(ranked, name)) for name in names)


@given(customers(), st.randoms(use_true_random=False))
def test_the_order_in_which_customers_are_read_changes_nothing(
    rows: list[Row], shuffled: random.Random
) -> None:
    other = list(rows)
    shuffled.shuffle(other)
    one, two = bought_of(rows), bought_of(other)
    first, second = rank(one, Shares(), WINDOW), rank(two, Shares(), WINDOW)
    assert columns(first) == columns(second)
    assert first.totals == second.totals
    assert digest(one, ["x"]) == digest(two, ["x"])


@given(customers(), st.sampled_from([500_000, 800_000, 1_000_000]))
def test_the_best_are_the_fewest_first_ranked_who_reach_the_share(
    rows: list[Row], best: int
) -> None:
    bought = bought_of(rows)
    ranked = rank(bought, Shares(best=best, tail=0), WINDOW)
    order = sorted((r, at) for at, r in enumerate(ranked.rank) if r != UNKNOWN)
    assert [r for r, _ in order] == list(range(1, len(order) + 1))
    revenue = [bought.revenue[at] for _, at in order]
    total = sum(revenue)
    naive = 0
    if total > 0:
        while sum(revenue[:naive]) * 1_000_000 < best * total:
            naive += 1
    found = sum(1 for flags in ranked.flags if flags & Flag.BEST)
    if all(one >= 0 for one in revenue):
        assert found == naive == ranked.totals.best_count
    profits = [ranked.profit[at] for _, at in order]
    assert profits == sorted(profits, reverse=True)


@given(customers(), st.sampled_from([10_000, 200_000]))
def test_the_tail_makes_no_more_than_its_share(rows: list[Row], tail: int) -> None:
    bought = bought_of(rows)
    totals = rank(bought, Shares(tail=tail), WINDOW).totals
    if totals.revenue > 0 and min(bought.revenue, default=0) >= 0:
        assert totals.tail_revenue * 1_000_000 <= tail * totals.revenue
    assert totals.best_count + totals.tail_count <= totals.customers


@given(customers(), st.lists(st.booleans(), min_size=30, max_size=30))
def test_the_tail_are_those_of_least_revenue_whatever_they_cost(
    rows: list[Row], loses: list[bool]
) -> None:
    bought, dear = bought_of(rows), bought_of(rows)
    for place in range(len(dear)):
        dear.cost[place] += 10**13 * loses[place]
    for one in (bought, dear):
        found = rank(one, Shares(best=300_000, tail=400_000), WINDOW)
        flags = found.flags
        places = [at for at in range(len(one)) if one.orders[at] and not flags[at] & Flag.BEST]
        inside = [one.revenue[at] for at in places if flags[at] & Flag.TAIL]
        outside = [one.revenue[at] for at in places if not flags[at] & Flag.TAIL]
        assert max(inside, default=-math.inf) <= min(outside, default=math.inf)
        assert found.totals.tail_top == max(inside, default=0)


@given(
    customers(),
    st.lists(befores, min_size=30, max_size=30),
    st.sampled_from(list(ShortHistory)),
)
def test_deciding_again_changes_nothing(
    rows: list[Row], given_before: list[Before], short: ShortHistory
) -> None:
    bought = bought_of(rows)
    before = given_before[: len(bought)]
    rules = usual_rules(short)
    ranked = rank(bought, rules.shares, WINDOW)
    decider = Decider(rules, TIERS, UNTIL)
    first = decider.decide_all(Figures(bought, before), ranked)
    moved = {place: decision.tier for place, decision in first.moves}
    after = [
        Before(
            moved.get(place, one.tier),
            TierSource.RULE.value if place in moved else one.source,
            first.computed[place],
        )
        for place, one in enumerate(before)
    ]
    again = decider.decide_all(Figures(bought, after), ranked)
    assert again.moves == []
    assert again.computed == first.computed


@given(customers(), st.lists(befores, min_size=30, max_size=30))
def test_nobody_of_short_history_is_given_a_lower_tier_than_the_usual(
    rows: list[Row], given_before: list[Before]
) -> None:
    bought = bought_of(rows)
    before = given_before[: len(bought)]
    everybody_low = check_rules(
        {"tiers": [{"tier": "low", "when": {"field": "orders", "at_least": 0}}]}, TIERS.order
    )
    assert isinstance(everybody_low, TierRules)
    ranked = rank(bought, Shares(), WINDOW)
    decided = Decider(everybody_low, TIERS, UNTIL).decide_all(Figures(bought, before), ranked)
    for place, computed in enumerate(decided.computed):
        if bought.first_us[place] >= WINDOW.from_us:
            assert computed == "standard"
        else:
            assert computed == "low"
    for place, _ in decided.moves:
        assert before[place].source not in ("manual", "objection")


@given(st.lists(st.integers(-100, 100)))
def test_scores_are_ordered_and_the_same_for_the_same(values: list[int]) -> None:
    found = scores(values)
    assert all(1 <= score <= 5 for score in found)
    for one, score in zip(values, found, strict=True):
        for other, its_score in zip(values, found, strict=True):
            if one <= other:
                assert score <= its_score


def test_every_three_scores_have_a_name() -> None:
    names = {
        named_of(r * 100 + f * 10 + m)
        for r in range(1, 6)
        for f in range(1, 6)
        for m in range(1, 6)
    }
    assert names == set(NAMES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["tiers", "tier", "when", "keep", "field", "is", "best_share", "tail_share", "all"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(JSON)
def test_whatever_comes_as_rules_is_read_or_refused(raw: object) -> None:
    found = check_rules(raw, TIERS.order)
    assert isinstance(found, TierRules) or found


def test_a_tier_of_the_set_up_is_always_one_of_its_order() -> None:
    assert tiers_of((), "standard") == Tiers(
        ("gold", "potential_gold", "standard", "low"), "standard"
    )
    assert "odd" in tiers_of(("a", "b"), "odd").order
