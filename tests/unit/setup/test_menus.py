"""What a menu of an entry point names has to be in the set-up."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.setup.check import BadSetup, check_setup

EXAMPLE = Path(__file__).parents[3] / "config/contact_center.example.toml"


def with_choice(choice: str) -> str:
    """Return the example, with a menu of one choice for the hotline."""
    settings = f'settings.menu = {{ choices = [{{ press = "1", {choice} }}] }}'
    text = EXAMPLE.read_text("utf-8")
    assert text.count('key = "hotline"') == 1
    return text.replace('key = "hotline"', f'key = "hotline"\n{settings}')


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ('queue = "gone"', "choices[0].queue: there is no queue 'gone'"),
        ("skills = { magic = 3 }", "choices[0].skills: there is no skill 'magic'"),
        ('reason = "gone"', "choices[0].reason: there is no reason 'gone'"),
        ('hours = "gone"', "choices[0].hours: there is no hours 'gone'"),
        ('open = { queue = "gone" }', "choices[0].open.queue: there is no queue"),
        ('menu = { choices = [{ queue = "gone" }] }', "choices[0].menu.choices[0].queue: there is"),
    ],
)
def test_a_menu_names_only_what_there_is(choice: str, fault: str) -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(with_choice(choice))
    assert f"settings.menu.{fault}" in str(refused.value)


def test_reasons_are_named_by_their_code() -> None:
    check_setup(with_choice('queue = "support", reason = "order/delivery/late", skills = {}'))


def test_who_waited_longest_is_not_put_through_to_the_line_they_called() -> None:
    text = EXAMPLE.read_text("utf-8")
    settings = 'settings.after_longest = "number"\nsettings.longest_number = "{}"'
    for number, is_own in (("+862155501000", True), ("+862155509999", False)):
        named = text.replace('key = "hotline"', f'key = "hotline"\n{settings.format(number)}')
        if is_own:
            with pytest.raises(BadSetup, match=r"settings\.longest_number: is the number of this"):
                check_setup(named)
        else:
            check_setup(named)
