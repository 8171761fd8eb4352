"""Closing fields in the set-up: what is refused, and what reaches the rules."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts.closing import FieldKind
from hub.setup.closing import closing_fields, closing_problems, outcome_rows
from hub.setup.model import Setup
from hub.setup.reading import read_as
from hub.setup.reasons import reason_problems, reason_rows, unclosable_queues

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


def test_a_reason_that_moved_keeps_the_code_it_had_and_so_does_what_is_below() -> None:
    moved = named("visit", code="repair/visit", children=[named("late")])
    rows = dict(reason_rows(a_setup(reasons=[named("service", children=[moved])]).reasons))
    assert list(rows) == ["service", "repair/visit", "repair/visit/late"]
    assert rows["repair/visit"]["parent_id"] == "service"
    assert rows["repair/visit/late"]["parent_id"] == "repair/visit"


@pytest.mark.parametrize(
    ("changes", "path", "word"),
    [
        (
            {"reasons": [named("a", children=[named("b")]), named("c", code="a/b")]},
            "reasons[0].children[0].key",
            "'a/b' belongs to another",
        ),
        (
            {"reasons": [named("a", code="c"), named("b", code="c")]},
            "reasons[1].key",
            "'c' belongs to another",
        ),
        (
            {"reasons": [named("a", children=[named("b"), named("b")])]},
            "reasons[0].children[0].key",
            "among its neighbours",
        ),
        (
            {"next_actions": [named("none")], "outcomes": [named("o", asks=needs("next_action"))]},
            "outcomes[0].asks[0]",
            "no next action",
        ),
        ({"outcomes": [named(f"o{at}") for at in range(101)]}, "outcomes", "more than 100"),
        ({"reasons": [named(f"r{at}") for at in range(1001)]}, "reasons", "more than 1000"),
    ],
)
def test_what_is_wrong_with_the_tree_is_told(changes: dict[str, Any], path: str, word: str) -> None:
    found = list(reason_problems(a_setup(**changes)))
    assert found[0].path == path
    assert word in found[0].message


def test_a_queue_whose_contacts_nobody_can_close_is_warned_of() -> None:
    reasons = [named("r", queues=["b"])]
    queues = [named("a", teams=["t"]), named("b", teams=["t"])]
    ends = [named("o")]
    [line] = unclosable_queues(a_setup(queues=queues, reasons=reasons, outcomes=ends))
    assert line.startswith("queue a: nobody can close its contacts")
    both = list(unclosable_queues(a_setup(queues=queues, reasons=[named("r")])))
    assert [line[:8] for line in both] == ["queue a:", "queue b:"]
    free = [named("a", teams=["t"], disposition_required=False), queues[1]]
    assert list(unclosable_queues(a_setup(queues=free, reasons=reasons, outcomes=ends))) == []
    assert list(unclosable_queues(a_setup(queues=queues))) == []
