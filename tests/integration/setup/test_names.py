"""Hours and kinds of agents are called by names, which change no rule."""

from __future__ import annotations

import pytest

from hub.routing.settings import Profile
from hub.setup import BadSetup, check_setup
from hub.setup.convert import routing_settings

from .build import edited

SALES_HOURS = 'sales = "Mon-Sun 09:00-21:00"'


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("trainee = { webchat = 1,", 'trainee = { webchat = "1",'), "profiles.trainee.webchat"),
        (('zh = "新人", en = "Trainee"', 'zh = "新人"'), "profiles.trainee.en: is missing"),
        (('zh = "新人", en = "Trainee"', 'zh = 1, en = "A"'), "profiles.trainee.zh: expected"),
        ((SALES_HOURS, 'sales = { week = "24x7", en = "Sales" }'), "hours.sales.zh: is missing"),
    ],
)
def test_a_name_is_given_in_both_languages_and_a_number_is_none(
    edit: tuple[str, str], told: str
) -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(edited(edit))
    assert told in str(refused.value)


def test_hours_and_kinds_of_agents_have_names_that_change_no_rule() -> None:
    named = (SALES_HOURS, 'sales = { week = "Mon-Sun 09:00-21:00", zh = "销售", en = "Sales" }')
    nameless = ('zh = "新人", en = "Trainee"', "cost_phone = 100")
    with_names = routing_settings(check_setup(edited(named)))
    without = routing_settings(check_setup(edited()))
    assert with_names.calendars == without.calendars
    assert with_names.profiles["trainee"] == Profile(maxima={"webchat": 1, "email": 1})
    paid = routing_settings(check_setup(edited(nameless))).profiles["trainee"]
    assert paid == Profile(maxima={"webchat": 1, "email": 1}, costs={"phone": 100})
