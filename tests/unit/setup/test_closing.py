"""Closing fields in the set-up: what is refused, and what reaches the rules."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts.closing import FieldKind
from hub.setup.closing import closing_fields, closing_problems, outcome_rows, reason_rows
from hub.setup.model import Setup
from hub.setup.reading import read_as

from .test_reading import GOOD

AMOUNT = {"key": "amount", "zh": "金额", "en": "Amount", "kind": "number"}


def named(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "zh": key, "en": key, **more}


def a_setup(**changes: Any) -> Setup:
    read = read_as({**GOOD, **changes}, Setup)
    assert isinstance(read, Setup), read
    return read


def needs(*fields: str) -> list[dict[str, Any]]:
    return [{"field": field} for field in fields]


@pytest.mark.parametrize(
    ("changes", "path", "word"),
    [
        ({"closing_fields": [named("note", kind="text")]}, "closing_fields[0].key", "another key"),
        ({"closing_fields": [named("a", kind="choice")]}, "closing_fields[0].choices", "choices"),
        (
            {"closing_fields": [named("a", kind="text", choices=[named("x")])]},
            "closing_fields[0].choices",
            "only",
        ),
        (
            {"closing_fields": [named("a", kind="choice", choices=[named("x"), named("x")])]},
            "closing_fields[0].choices",
            "more than once",
        ),
        (
            {"closing_fields": [named("a", kind="number", least=2, most=1)]},
            "closing_fields[0].most",
            "less",
        ),
        ({"outcomes": [named("o", asks=needs("magic"))]}, "outcomes[0].asks[0].field", "magic"),
        (
            {"reasons": [named("r", children=[named("s", asks=needs("note", "note"))])]},
            "reasons[0].children[0].asks[1].field",
            "twice",
        ),
        (
            {
                "reasons": [named("r", asks=needs("note"), children=[named("s")])],
                "outcomes": [named("o", asks=needs("product", "commitment"))],
            },
            "reasons[0].children[0].asks",
            "'o'",
        ),
        (
            {"reasons": [named("r", asks=needs("note", "product", "commitment"))]},
            "reasons[0].asks",
            "at most 2",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    changes: dict[str, Any], path: str, word: str
) -> None:
    [fault] = closing_problems(a_setup(**changes))
    assert fault.path == path
    assert word in fault.message


def test_two_required_and_any_number_of_others_are_fine() -> None:
    may = [{"field": "note", "required": False}, {"field": "product", "required": False}]
    setup = a_setup(
        closing_fields=[AMOUNT],
        reasons=[named("r", asks=[*needs("amount"), *may])],
        outcomes=[named("o", asks=needs("next_action"))],
    )
    assert list(closing_problems(setup)) == []
    assert outcome_rows(setup)["o"]["asks"] == [{"field": "next_action", "required": True}]
    [amount] = closing_fields(setup)
    assert (amount.key, amount.kind) == ("amount", FieldKind.NUMBER)


def test_what_a_reason_asks_those_below_ask_unless_they_say_otherwise() -> None:
    less = [{"field": "amount", "required": False}]
    tree = [named("r", asks=needs("amount"), children=[named("s"), named("t", asks=less)])]
    rows = dict(reason_rows(a_setup(closing_fields=[AMOUNT], reasons=tree).reasons))
    assert rows["r/s"]["asks"] == [{"field": "amount", "required": True}]
    assert rows["r/t"]["asks"] == [{"field": "amount", "required": False}]
