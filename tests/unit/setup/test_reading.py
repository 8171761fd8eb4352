"""Every value of a wrong type is told at once, each by its own path."""

from __future__ import annotations

import pytest

from hub.core.errors import Fault
from hub.setup.model import Setup
from hub.setup.reading import read_as

GOOD: dict[str, object] = {
    "organisation": "Lake",
    "timezone": "UTC",
    "tiers": [{"key": "gold", "zh": "金", "en": "Gold"}],
    "default_tier": "gold",
    "target_s": {"phone": [10]},
    "queues": [{"key": "a", "zh": "a", "en": "a", "teams": ["t"]}],
    "teams": [{"key": "t", "zh": "t", "en": "t"}],
}


def faults(**changes: object) -> list[tuple[str, str]]:
    read = read_as({**GOOD, **changes}, Setup)
    assert isinstance(read, list)
    return [(fault.path, fault.message) for fault in read]


def test_what_is_right_is_a_set_up() -> None:
    assert isinstance(read_as(GOOD, Setup), Setup)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"target_s": {"phone": [10, 0]}}, "target_s.phone[1]", "expected `int` >= 1"),
        ({"target_s": {"phone": "fast"}}, "target_s.phone", "expected `array`, got `str`"),
        ({"callback": {"attempts": 0}}, "callback.attempts", "expected `int` >= 1"),
        ({"callback": 5}, "callback", "expected `object | null`, got `int`"),
        ({"hours": {"a b": {"week": ""}}}, 'hours."a b".week', "expected `str` of length >= 1"),
        ({"hours": {"x": 5}}, "hours.x", "expected `str | object`, got `int`"),
        (
            {"agents": {"l@x": {"skills": {"a": 9}}}},
            'agents."l@x".skills.a',
            "expected `int` <= 5",
        ),
        ({"special_days": {"soon": "closed"}}, "special_days.soon", "invalid RFC3339 encoded date"),
        ({"queues": []}, "queues", "expected `array` of length >= 1"),
        ({"queues": {}}, "queues", "expected `array`, got `object`"),
    ],
)
def test_a_wrong_value_is_told_by_its_path(
    changes: dict[str, object], path: str, message: str
) -> None:
    assert faults(**changes) == [(path, message)]


def test_all_are_told_at_once() -> None:
    queue = {"key": "B", "zh": "b", "en": "b", "colour": "red"}
    found = faults(queues=[*GOOD["queues"], queue], cap_every=1)  # type: ignore[misc] # a list
    assert [path for path, _ in found] == [
        "queues[1].key",
        "queues[1].colour",
        "queues[1].teams",
        "cap_every",
    ]
    assert found[2][1] == "is missing"


def test_what_is_no_table_at_all_is_told_of_the_whole() -> None:
    assert read_as([], Setup) == [Fault("", "expected `object`, got `array`")]
    assert str(Fault("", "expected")) == "expected"
