"""The tables of moves: what is not listed is refused, and every move says why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.customers.lifecycle.model import (
    MOVES,
    STANDING_MOVES,
    Axis,
    Cause,
    Known,
    Moved,
    Refused,
    Rules,
    Stage,
    Stages,
    Standing,
    advance,
    after,
    loyalty_moves,
    move,
    next_check,
    path,
)
from hub.customers.settings import Lifecycle
from hub.testing.clock import NOON

DAY = timedelta(days=1)
STEPS = tuple(step.key for step in Lifecycle().loyalty)
RULES = Rules(180 * DAY, 365 * DAY, 30 * DAY, 4, STEPS)
TABLES = {
    Axis.STAGE: MOVES,
    Axis.STANDING: STANDING_MOVES,
    Axis.LOYALTY: loyalty_moves(STEPS),
}
EVERYWHERE = [(axis, one) for axis, table in TABLES.items() for one in table]


@st.composite
def known(draw: st.DrawFn) -> Known:
    orders = draw(st.integers(0, 8))
    last = NOON - draw(st.integers(0, 900)) * DAY if orders else None
    first = last - draw(st.integers(0, 900)) * DAY if last else None
    return Known(
        identified=draw(st.booleans()),
        quotes=draw(st.integers(0, 2)),
        orders=orders,
        delivered=draw(st.integers(0, orders)),
        first_order_at=first,
        last_order_at=last,
        referrals=draw(st.integers(0, 2)),
        satisfaction=draw(st.none() | st.floats(1, 5)),
    )


stages = st.builds(
    Stages, st.sampled_from(list(Stage)), st.sampled_from(list(Standing)), st.sampled_from(STEPS)
)


@given(before=st.none() | stages, one=known())
def test_every_move_is_listed_and_says_why(before: Stages | None, one: Known) -> None:
    moves = advance(before, one, RULES, NOON)
    at: dict[Axis, str | None] = {
        axis: None if before is None else getattr(before, axis.value) for axis in Axis
    }
    for made in moves:
        assert made.before == at[made.axis]
        assert made.cause in Cause
        if made.before is None:
            assert made.cause is Cause.FIRST_LOOK
        else:
            assert made.after in TABLES[made.axis][made.before]
            assert made.cause not in (Cause.FIRST_LOOK, Cause.BY_HAND)
        at[made.axis] = made.after


@given(before=st.none() | stages, one=known())
def test_who_was_looked_at_stands_still_until_something_changes(
    before: Stages | None, one: Known
) -> None:
    now = after(before, advance(before, one, RULES, NOON))
    assert advance(now, one, RULES, NOON) == []


@given(before=stages, one=known())
def test_where_somebody_stands_does_not_depend_on_the_way(before: Stages, one: Known) -> None:
    """But for what a person said of them, and that whoever was known once stays known."""
    now = after(before, advance(before, one, RULES, NOON))
    fresh = after(None, advance(None, one, RULES, NOON))
    assert now.standing == fresh.standing
    if one.orders or one.quotes:
        assert now == fresh


@given(one=known(), later=st.integers(0, 2000))
def test_between_two_checks_time_moves_nobody(one: Known, later: int) -> None:
    now = after(None, advance(None, one, RULES, NOON))
    due = next_check(now, one, RULES)
    then = NOON + later * DAY
    if due is None or then < due:
        assert advance(now, one, RULES, then) == []


@given(one=known())
def test_a_check_that_has_come_is_not_asked_for_again(one: Known) -> None:
    now: Stages | None = None
    at: datetime = NOON
    for _ in range(4):  # delivered, dormant, lost: and then never again
        now = after(now, advance(now, one, RULES, at))
        due = next_check(now, one, RULES)
        if due is None:
            return
        assert due > at
        at = due
    raise AssertionError("it never ends")


@pytest.mark.parametrize(("axis", "state"), EVERYWHERE)
def test_there_is_a_way_from_everywhere_to_everywhere_bought_or_not(axis: Axis, state: str) -> None:
    table = TABLES[axis]
    reached = [one for one in table if path(table, state, one) is not None]
    unreached = set(table) - set(reached)
    assert unreached <= {Stage.UNIDENTIFIED}  # who was known once is never nobody again


@given(before=stages, axis=st.sampled_from(list(Axis)), to=st.text(max_size=12) | st.sampled_from(
    [one for table in TABLES.values() for one in table]))  # fmt: skip
def test_a_person_moves_only_what_is_theirs_and_listed(before: Stages, axis: Axis, to: str) -> None:
    moved = move(before, axis, to, RULES)
    now = getattr(before, axis.value)
    allowed = axis is Axis.STAGE and to in (Stage.PROSPECT, Stage.OPPORTUNITY)
    if allowed and to in MOVES[now]:
        assert moved == Moved(axis, now, to, Cause.BY_HAND)
    else:
        assert isinstance(moved, Refused)


def test_a_step_without_a_measure_is_given_by_hand_one_at_a_time_and_kept() -> None:
    rules = Rules(180 * DAY, 365 * DAY, 30 * DAY, 4, ("aware", "fan", "friend"))
    one = Known(identified=True)
    now = after(None, advance(None, one, rules, NOON))
    assert isinstance(move(now, Axis.LOYALTY, "friend", rules), Refused)
    moved = move(now, Axis.LOYALTY, "fan", rules)
    assert isinstance(moved, Moved)
    now = after(now, [moved])
    assert now.loyalty == "fan"
    assert advance(now, one, rules, NOON) == []
    fewer = Rules(180 * DAY, 365 * DAY, 30 * DAY, 4, ("unaware", "aware"))
    [gone] = advance(now, one, fewer, NOON)
    assert (gone.before, gone.after) == (None, "aware")


@pytest.mark.parametrize(
    ("one", "stage", "standing", "loyalty"),
    [
        (Known(), "unidentified", "none", "unaware"),
        (Known(identified=True), "prospect", "none", "aware"),
        (Known(identified=True, quotes=1), "opportunity", "none", "interested"),
        (Known(True, 0, 1, 0, NOON, NOON), "ordering", "first_time", "first_time"),
        (Known(True, 0, 1, 1, NOON, NOON), "user", "first_time", "first_time"),
        (Known(True, 0, 1, 1, NOON, NOON, 0, 4.5), "user", "first_time", "satisfied"),
        (Known(True, 0, 2, 1, NOON, NOON), "user", "repeat", "repeat"),
        (Known(True, 0, 3, 1, NOON, NOON), "user", "repeat", "preferring"),
        (Known(True, 0, 4, 1, NOON, NOON), "user", "loyal", "committed"),
        (Known(True, 0, 4, 1, NOON, NOON, 0, 1.5), "user", "repeat", "preferring"),
        (Known(True, 0, 1, 1, NOON, NOON, 1), "user", "advocate", "advocate"),
        (Known(True, 0, 4, 1, NOON - 200 * DAY, NOON - 180 * DAY), "user", "dormant", "repeat"),
        (Known(True, 0, 1, 0, NOON - 30 * DAY, NOON), "user", "first_time", "first_time"),
        (Known(True, 0, 4, 1, NOON - 400 * DAY, NOON - 365 * DAY), "user", "lost", "repeat"),
    ],
)  # fmt: skip
def test_what_is_known_says_where_somebody_stands(
    one: Known, stage: str, standing: str, loyalty: str
) -> None:
    assert after(None, advance(None, one, RULES, NOON)) == (stage, standing, loyalty)


def test_who_comes_back_goes_over_every_state_on_the_way() -> None:
    before = Stages(Stage.USER, Standing.LOST, "repeat")
    one = Known(True, 0, 5, 4, NOON - 900 * DAY, NOON)
    moves = advance(before, one, RULES, NOON)
    assert [(m.before, m.after, m.cause) for m in moves if m.axis is Axis.STANDING] == [
        ("lost", "repeat", Cause.CAME_BACK),
        ("repeat", "loyal", Cause.MANY_ORDERS),
    ]
    assert [m.after for m in moves if m.axis is Axis.LOYALTY] == ["preferring", "committed"]
