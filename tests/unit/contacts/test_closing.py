"""What closing asks for: kinds of fields, limits, what is required, what is left out."""

from __future__ import annotations

import pytest

from hub.contacts.closing import (
    Ask,
    Choice,
    ClosingField,
    FieldKind,
    Unanswered,
    Value,
    inherited,
    kept_values,
    merged,
    parse_value,
)


def a_field(kind: FieldKind, **more: object) -> ClosingField:
    return ClosingField(key="f", zh="字段", en="Field", kind=kind, **more)  # type: ignore[arg-type]  # test's own words


NUMBER = a_field(FieldKind.NUMBER, least=0, most=10)
CHOICE = a_field(FieldKind.CHOICE, choices=(Choice("a", "甲", "A"),))
TEXT = a_field(FieldKind.TEXT, longest=3)
DATE = a_field(FieldKind.DATE)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (NUMBER, 3, 3.0),
        (NUMBER, "2.5", 2.5),
        (CHOICE, "a", "a"),
        (TEXT, " abc ", "abc"),
        (DATE, "2026-03-31", "2026-03-31"),
    ],
)
def test_a_value_is_kept_as_what_it_is(field: ClosingField, value: Value, kept: Value) -> None:
    assert parse_value(field, value) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (NUMBER, -1),
        (NUMBER, 11),
        (NUMBER, "many"),
        (NUMBER, "nan"),
        (NUMBER, "inf"),
        (CHOICE, "b"),
        (CHOICE, 1.0),
        (TEXT, "abcd"),
        (DATE, "31.3.2026"),
        (DATE, 2026.0),
    ],
)
def test_what_a_value_cannot_be_is_told_with_its_field(field: ClosingField, value: Value) -> None:
    refused = parse_value(field, value)
    assert isinstance(refused, Unanswered)
    assert refused.field == "f"
    assert refused.message.startswith("Field:")


def test_what_is_required_is_missed_and_what_nobody_asked_for_is_left_out() -> None:
    fields = {"f": NUMBER}
    for missing in ({}, {"f": None}, {"f": "  "}):
        refused = kept_values(fields, {"f": True}, missing)
        assert isinstance(refused, Unanswered)
        assert "“Field”" in refused.message
    assert kept_values(fields, {"f": False}, {"other": "x"}) == {}
    assert kept_values(fields, {"f": False, "note": True}, {"f": "1", "other": "x"}) == {"f": 1.0}


def test_required_by_one_is_required_and_what_stands_below_says_it_last() -> None:
    assert merged([Ask("a", required=False)], [Ask("a"), Ask("b", required=False)]) == {
        "a": True,
        "b": False,
    }
    below = inherited([Ask("a"), Ask("b")], [Ask("a", required=False)])
    assert merged(below) == {"a": False, "b": True}
