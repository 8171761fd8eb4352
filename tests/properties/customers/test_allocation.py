"""Who is given new customers, and what becomes due: the same question has the same answer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.customers.allocation.model import (
    Absence,
    By,
    LeadRule,
    Open,
    Turns,
    allocate,
    by_clock,
    deadlines,
    fires,
)
from hub.customers.plans.model import next_step
from hub.customers.rules.model import Features, check_rule
from hub.testing.clock import NOON, ManualClock

PEOPLE = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True).map(
    lambda found: tuple(sorted(found))
)
ABSENT = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(list(Absence)), max_size=8)
HOUR = timedelta(hours=1)


def a_rule(who: tuple[str, ...], by: By = By.LEAST_LOADED, key: str = "one") -> LeadRule:
    return LeadRule(key, None, who, by, HOUR)


@given(
    PEOPLE, ABSENT, st.sampled_from(By), st.integers(1, 40), st.sets(st.sampled_from("abcdefgh"))
)
def test_nobody_absent_is_given_anybody_and_the_same_state_gives_the_same(
    who: tuple[str, ...], absent: dict[str, Absence], by: By, number: int, tried: set[str]
) -> None:
    one, other = (Turns(absent, Counter({"a": 2}), {"one": "c"}) for _ in range(2))
    rules = [a_rule(who, by)]
    for _ in range(number):
        first = allocate(rules, Features(), one, NOON, tried)
        assert first == allocate(rules, Features(), other, NOON, tried)
        there = set(who) - absent.keys() - tried
        assert first.holds
        assert (first.to_id in there) if there else (first.to_id is None)
        [line] = first.trace["rules"]
        assert line["why"] == ("given" if there else "nobody")
        assert set(line["left_out"]) == set(who) - there


@given(PEOPLE, st.integers(1, 60))
def test_in_turn_everybody_gets_as_many(who: tuple[str, ...], number: int) -> None:
    turns = Turns({})
    found = Counter(
        allocate([a_rule(who, By.ROUND_ROBIN)], Features(), turns, NOON).to_id
        for _ in range(number)
    )
    counts = [found[one] for one in who]
    assert max(counts) - min(counts) <= 1


@given(PEOPLE, st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 9)), st.integers(1, 30))
def test_who_has_fewest_gets_the_next(
    who: tuple[str, ...], loads: dict[str, int], number: int
) -> None:
    turns = Turns({}, Counter(loads))
    for _ in range(number):
        before = Counter(turns.loads)
        to_id = allocate([a_rule(who)], Features(), turns, NOON).to_id
        assert to_id is not None
        assert before[to_id] == min(before[one] for one in who)


def test_the_first_rule_that_holds_and_has_somebody_gives() -> None:
    gold = check_rule({"field": "tier", "is": ["gold"]})
    assert not isinstance(gold, list)
    rules = [
        LeadRule("gold", gold, ("a",), By.LEAST_LOADED, HOUR),
        LeadRule("empty", None, (), By.LEAST_LOADED, HOUR),
        LeadRule("rest", None, ("b", "c"), By.ROUND_ROBIN, HOUR),
    ]
    best = allocate(rules, Features(tier="gold"), Turns({}), NOON)
    assert (best.rule, best.to_id) == (rules[0], "a")
    other = allocate(rules, Features(tier="low"), Turns({}), NOON)
    assert (other.rule, other.to_id) == (rules[2], "b")
    assert [line["why"] for line in other.trace["rules"]] == ["no_match", "nobody", "given"]
    nothing = allocate(rules[:1], Features(tier="low"), Turns({}), NOON)
    assert (nothing.holds, nothing.to_id) == (False, None)


@given(st.integers(300, 10**6), st.lists(st.integers(1, 400_000), min_size=1, max_size=40))
def test_half_all_and_half_as_much_again_are_due_exactly_once(
    within_s: int, waits: list[int]
) -> None:
    """However the timer goes by: late, often, or all at once."""
    clock = ManualClock()
    due = deadlines(clock.now(), timedelta(seconds=within_s), None, by_clock)
    one = Open("x", "a", due.remind_at, None, due.escalate_at, None, due.recall_at)
    fired: Counter[str] = Counter()
    told: list[str] = []
    for wait in [*waits, 10**7]:
        clock.advance(wait)
        now = clock.now()
        for _ in range(2):  # and again at the same moment
            found = fires(one, now)
            fired += Counter(name for name, is_due in found._asdict().items() if is_due)
            told += [found.told] if found.told else []
            assert not found.remind or now >= due.remind_at
            assert not found.escalate or now >= due.escalate_at
            assert not found.recall or now >= due.recall_at
            one = one._replace(
                reminded_at=now if found.remind else one.reminded_at,
                escalated_at=now if found.escalate else one.escalated_at,
                recall_at=None if found.recall else one.recall_at,
            )
    assert fired == Counter(remind=1, escalate=1, recall=1)
    assert len(told) == len(set(told))
    assert due.remind_at - NOON == timedelta(seconds=within_s) / 2
    assert due.recall_at - NOON == timedelta(seconds=within_s) * 1.5


@given(st.lists(st.sampled_from("abcde"), unique=True, max_size=5))
def test_the_next_step_is_the_first_that_is_not_done(done: list[str]) -> None:
    found = next_step("abcde", done, NOON, 7 * HOUR)
    left = [step for step in "abcde" if step not in done]
    assert found == ((left[0], NOON + 7 * HOUR) if left else (None, None))
