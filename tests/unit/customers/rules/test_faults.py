"""What is wrong with a rule is said, all of it, at its place."""

from __future__ import annotations

import pytest

from hub.core.errors import Fault
from hub.customers.rules.model import check_rule


def test_a_rule_that_names_an_unknown_field_says_which() -> None:
    raw = {"all": [{"field": "tier", "is": ["gold"]}, {"field": "shoe_size", "at_least": 42}]}
    assert check_rule(raw) == [
        Fault(
            "rule.all[1].field",
            "there is no field 'shoe_size'",
            "rule.field",
            {"field": "shoe_size"},
        )
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = check_rule(
        {
            "any": [
                {"field": "tier", "at_least": 3},
                {"not": {"field": "orders", "at_least": "three"}},
                {"field": "known_since", "below": -1},
                {"field": "named", "is": "yes"},
                {"field": "sources", "has": []},
                "gold",
            ]
        }
    )
    assert isinstance(found, list)
    assert [fault.path for fault in found] == [
        "rule.any[0]",
        "rule.any[1].not.at_least",
        "rule.any[2].below",
        "rule.any[3].is",
        "rule.any[4].has",
        "rule.any[5]",
    ]
    assert found[0].message == "of tier ask one of is, known"


@pytest.mark.parametrize(
    "wanted", [float("nan"), float("inf"), 10**400, True, None, "1", [1]], ids=str
)
def test_what_is_no_number_is_refused(wanted: object) -> None:
    assert isinstance(check_rule({"field": "revenue", "at_least": wanted}), list)


@pytest.mark.parametrize("word", ["", "a\x00b", "\ud800", "x" * 121, "line\nend"], ids=repr)
def test_words_that_no_column_holds_are_refused(word: str) -> None:
    assert isinstance(check_rule({"field": "tier", "is": [word]}), list)
