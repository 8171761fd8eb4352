"""No rule somebody sends breaks the reading of rules, and one that is read says what it says."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.customers.rules.model import (
    ASKS,
    FIELDS,
    MAX_CONDITIONS,
    MAX_DEPTH,
    Features,
    Kind,
    check_rule,
    fields_of,
    matches,
)

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["field", "all", "any", "not", "is", "has", "below", "known"])
            | st.text(max_size=5),
            inner | st.sampled_from(sorted(FIELDS)),
            max_size=3,
        )
    ),
    max_leaves=20,
)


def said(kind: Kind) -> st.SearchStrategy[object]:
    if kind is Kind.FLAG:
        return st.booleans()
    if kind in (Kind.CHOICE, Kind.CHOICES):
        return st.lists(st.sampled_from("abc"), min_size=1, max_size=3)
    return st.integers(0, 5)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, object]:
    field = draw(st.sampled_from(sorted(FIELDS)))
    asks = draw(st.sampled_from(sorted(ASKS[FIELDS[field]])))
    wanted = draw(st.booleans() if asks == "known" else said(FIELDS[field]))
    return {"field": field, asks: wanted}


RULES = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


def value_of(kind: Kind) -> st.SearchStrategy[object]:
    if kind is Kind.CHOICE:
        return st.sampled_from("abc")
    if kind is Kind.CHOICES:
        return st.frozensets(st.sampled_from("abc"), min_size=1)
    if kind is Kind.MOMENT:
        return st.integers(0, 6).map(lambda days: NOW - timedelta(days=days))
    return st.booleans() if kind is Kind.FLAG else st.integers(0, 6)


FEATURES = st.builds(
    Features, **{name: st.none() | value_of(kind) for name, kind in FIELDS.items()}
)


def plain(rule: object, known: Features) -> bool:
    """The same said naively, on the JSON itself."""
    assert isinstance(rule, dict)
    if "all" in rule:
        return all(plain(part, known) for part in rule["all"])
    if "any" in rule:
        return any(plain(part, known) for part in rule["any"])
    if "not" in rule:
        return not plain(rule["not"], known)
    value = getattr(known, rule["field"])
    [(asks, wanted)] = [(key, said) for key, said in rule.items() if key != "field"]
    if asks == "known":
        return bool((value is not None) == wanted)
    if value is None:
        return False
    if isinstance(value, datetime):
        value = (NOW - value).days
    if asks == "at_least":
        return bool(value >= wanted)
    if asks == "below":
        return bool(value < wanted)
    if asks == "has":
        return any(word in value for word in wanted)
    return bool(value == wanted) if isinstance(wanted, bool) else value in wanted


def depth(rule: object) -> int:
    if not isinstance(rule, dict) or "field" in rule:
        return 1
    [inner] = rule.values()
    return 1 + max(depth(part) for part in (inner if isinstance(inner, list) else [inner]))


def test_every_field_is_one_of_the_features() -> None:
    assert {field.name for field in fields(Features)} == FIELDS.keys()


@given(ANYTHING)
def test_whatever_comes_is_a_rule_or_has_its_faults(raw: object) -> None:
    found = check_rule(raw)
    if isinstance(found, list):
        assert found
        assert all(
            fault.path.startswith("rule") and fault.message and fault.code for fault in found
        )
    else:
        assert matches(found, Features(), NOW) in (True, False)


@given(RULES, FEATURES)
def test_a_rule_holds_for_whom_its_words_say(raw: dict[str, object], known: Features) -> None:
    rule = check_rule(raw)
    if depth(raw) > MAX_DEPTH:
        assert isinstance(rule, list)
        return
    assert not isinstance(rule, list)
    assert matches(rule, known, NOW) is plain(raw, known)


@given(RULES, FEATURES, FEATURES)
def test_what_a_rule_does_not_name_changes_nothing(
    raw: dict[str, object], one: Features, other: Features
) -> None:
    rule = check_rule(raw)
    if isinstance(rule, list):
        return
    named = fields_of(rule)
    mixed = Features(**{name: getattr(one if name in named else other, name) for name in FIELDS})
    assert matches(rule, mixed, NOW) is matches(rule, one, NOW)


@given(st.integers(MAX_CONDITIONS + 1, 200))
def test_a_rule_has_no_more_conditions_than_anybody_could_read(number: int) -> None:
    half = [{"field": "tier", "is": ["gold"]}] * (number // 2 + 1)
    assert isinstance(check_rule({"all": [{"any": half[:50]}, {"any": half[:50]}]}), list)
    assert isinstance(check_rule({"all": half * 2}), list)
