"""What differs between two set-ups: by keys, in order, with values that fit a line."""

from __future__ import annotations

from typing import Any

from hub.setup.differences import Difference, differences, rule_lines


def test_things_with_keys_are_compared_by_key() -> None:
    before = {"queues": [{"key": "a", "strict": False}, {"key": "b", "strict": False}]}
    after = {"queues": [{"key": "b", "strict": True}, {"key": "c", "strict": False}]}
    found = differences(before, after)
    assert [(one.path, one.before, one.after) for one in found] == [
        ("queues.a", '{"key":"a","strict":false}', None),
        ("queues.b.strict", "false", "true"),
        ("queues.c", None, '{"key":"c","strict":false}'),
    ]
    assert list(rule_lines(found)) == ["queue b strict: false → true"]


def test_another_order_is_a_difference() -> None:
    before = {"tiers": [{"key": "gold"}, {"key": "low"}]}
    found = differences(before, {"tiers": before["tiers"][::-1]})
    moved = Difference(path="tiers.order", before='["gold","low"]', after='["low","gold"]')
    assert found == [moved]


def test_the_same_differs_nowhere_and_long_texts_are_cut() -> None:
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []
    (one,) = differences({"a": "x" * 500}, {"a": "y"})
    assert one.before is not None
    assert len(one.before) == 200
    assert one.before.endswith("…")


def test_names_and_agents_have_lines_of_their_own() -> None:
    before = {"queues": [{"key": "a", "zh": "一"}], "agents": {"li": {"skills": {}}}}
    after = {"queues": [{"key": "a", "zh": "二"}], "agents": {"li": {"skills": {"x": 1}}}}
    found = differences(before, after)
    assert [one.path for one in found] == ["queues.a.zh", "agents.li.skills.x"]
    assert list(rule_lines(found)) == []


def test_a_reason_that_stands_elsewhere_moved_and_what_changed_in_it_is_told_there() -> None:
    def one(key: str, *children: Any, **more: Any) -> dict[str, Any]:
        return {"key": key, "zh": key, "en": key, "code": "", "children": list(children), **more}

    before = {"reasons": [one("repair", one("visit", one("late"))), one("order")]}
    there = one("visit", one("late", en="Later"), code="repair/visit")
    after = {"reasons": [one("repair"), one("order", there)]}
    assert [(d.path, d.before, d.after) for d in differences(before, after)] == [
        ("reasons.order.children.visit.place", '"repair/visit"', '"order/visit"'),
        ("reasons.order.children.visit.children.late.en", '"late"', '"Later"'),
    ]


def test_hours_that_got_a_name_are_the_same_week() -> None:
    named = {"week": "24x7", "zone": "", "calendar": "", "zh": "全天", "en": "Day and night"}
    before: dict[str, Any] = {"hours": {"night": "24x7", "calendar": "CN"}}
    found = differences(before, {"hours": {"night": named, "calendar": "CN"}})
    assert [(one.path, one.before, one.after) for one in found] == [
        ("hours.night.zh", '""', '"全天"'),
        ("hours.night.en", '""', '"Day and night"'),
    ]
    assert list(rule_lines(found)) == [
        'hours.night.zh: "" → "全天"',
        'hours.night.en: "" → "Day and night"',
    ]


def test_templates_are_told_text_by_text_and_what_is_as_usual_is_not_there() -> None:
    before = {"templates": {"survey": {"en": {"subject": "", "body": "Old"}}}}
    after = {
        "templates": {
            "survey": {"en": {"subject": "New", "body": ""}},
            "chat_code": {"zh-CN": {"subject": "", "body": "{code}"}},
        }
    }
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == [
        ("templates.survey.en.subject", None, '"New"'),
        ("templates.survey.en.body", '"Old"', None),
        ("templates.chat_code.zh-CN.body", None, '"{code}"'),
    ]
