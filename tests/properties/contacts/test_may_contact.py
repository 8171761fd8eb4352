"""May we reach them: the customer's no before everything, their night, how often, by any clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.model import FINAL, OPEN
from hub.contacts.outreach.model import (
    MONTH,
    WEEK,
    Ask,
    Later,
    OutreachRules,
    Permit,
    Refused,
    Why,
    awake_from,
    decide,
    service_reply,
)
from hub.customers.consent.model import ANY, AddressKey, Purpose, State

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC",
         "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia")  # fmt: skip
ADDRESS = AddressKey("email", "a")
OTHER = AddressKey("phone", "b")
SELLING = (Purpose.MARKETING, Purpose.SURVEY)
NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)  # in Shanghai
NO_NIGHT = OutreachRules(time(0), time(0), 0, 0)

moments = st.integers(0, 4 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
rules = st.builds(OutreachRules, clocks, clocks, st.integers(0, 3), st.integers(0, 5))
states = st.builds(
    State,
    st.just(ADDRESS),
    st.sampled_from([ANY, "email", "phone"]),
    st.sampled_from(list(Purpose)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
asks = st.builds(
    Ask,
    purpose=st.sampled_from([Purpose.SERVICE, *SELLING]),
    channel=st.sampled_from(["email", "phone"]),
    identity_id=st.just("i"),
    states=st.lists(states, max_size=4).map(tuple),
    persons=st.lists(states, max_size=4).map(tuple),
    open_complaint=st.booleans(),
    recent=st.lists(moments, max_size=6).map(tuple),
    material_sent=st.booleans(),
    in_contact=st.booleans(),
    zone=st.sampled_from(ZONES),
    override=st.sampled_from([None, "the customer asked their consultant"]),
)


def no(purpose: Purpose, channel: str = ANY) -> State:
    return State(ADDRESS, channel, purpose, False, True, True)


@given(asks, rules, moments, st.sampled_from([ANY, "same"]))
def test_a_no_is_never_set_aside(ask: Ask, how: OutreachRules, now: datetime, channel: str) -> None:
    said = no(ask.purpose, ask.channel if channel == "same" else ANY)
    others = tuple(one for one in ask.states if one.purpose != ask.purpose)
    assert decide(replace(ask, states=(*others, said)), how, now) == Refused(Why.OPTED_OUT)


@given(asks, rules, moments)
def test_a_no_at_another_address_counts_unless_they_said_yes_to_this_one(
    ask: Ask, how: OutreachRules, now: datetime
) -> None:
    ask = replace(ask, states=(), persons=(State(OTHER, ANY, ask.purpose, False, True, True),))
    assert decide(ask, how, now) == Refused(Why.OPTED_OUT)
    an_import = State(ADDRESS, ANY, ask.purpose, True, False, False)
    assert decide(replace(ask, states=(an_import,)), how, now) == Refused(Why.OPTED_OUT)
    own_word = State(ADDRESS, ANY, ask.purpose, True, True, False)
    assert decide(replace(ask, states=(own_word,)), how, now) != Refused(Why.OPTED_OUT)


@given(asks, rules, moments)
def test_what_the_customer_asked_for_is_always_done(
    ask: Ask, how: OutreachRules, now: datetime
) -> None:
    answer = decide(replace(ask, asked_for=True), how, now)
    assert isinstance(answer, Permit)
    assert answer.not_before is None


@given(asks, rules, moments)
def test_who_allows_less_is_reached_less(ask: Ask, how: OutreachRules, now: datetime) -> None:
    """One more no never makes a permit of a refusal."""
    before = decide(ask, how, now)
    for said in (no(ask.purpose), no(Purpose.SERVICE), no(Purpose.MARKETING)):
        after = decide(replace(ask, persons=(*ask.persons, said)), how, now)
        if isinstance(before, Refused):
            assert isinstance(after, Refused)


@given(asks, rules, moments)
def test_service_knows_no_night_and_no_limit(ask: Ask, how: OutreachRules, now: datetime) -> None:
    answer = decide(replace(ask, purpose=Purpose.SERVICE, states=(), persons=()), how, now)
    assert answer == Permit(Purpose.SERVICE, "i", Why.SERVICE)


@given(moments, st.sampled_from(ZONES), clocks, clocks)
def test_nobody_is_reached_in_a_quiet_hour(
    at: datetime, zone: str, quiet_from: time, quiet_until: time
) -> None:
    how = OutreachRules(quiet_from, quiet_until, 0, 0)
    free = awake_from(at, how, zone)
    assert at <= free <= at + timedelta(hours=50)
    assert not quiet(free, zone, how)
    if not quiet(at, zone, how):
        assert free == at


@pytest.mark.parametrize(
    ("zone", "night", "until"),
    [
        # Spring in Berlin: 20:00 (UTC+1) to 09:00 (UTC+2) are twelve hours.
        ("Europe/Berlin", "2026-03-28 19:30", "2026-03-29 07:00"),
        # Autumn: fourteen.
        ("Europe/Berlin", "2026-10-24 18:30", "2026-10-25 08:00"),
        ("Asia/Shanghai", "2026-03-28 12:30", "2026-03-29 01:00"),
        ("America/New_York", "2026-03-08 03:00", "2026-03-08 13:00"),
    ],
)
def test_the_night_ends_at_nine_where_the_customer_is(zone: str, night: str, until: str) -> None:
    ask = Ask(Purpose.MARKETING, "email", "i", zone=zone)
    answer = decide(ask, OutreachRules(), utc(night))
    assert isinstance(answer, Later)
    assert (answer.until, answer.why) == (utc(until), Why.QUIET_HOURS)
    assert answer.permit.not_before == answer.until


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def quiet(at: datetime, zone: str, how: OutreachRules) -> bool:
    wall = at.astimezone(ZoneInfo(zone)).time()
    if how.quiet_from <= how.quiet_until:
        return how.quiet_from <= wall < how.quiet_until
    return wall >= how.quiet_from or wall < how.quiet_until


@given(st.lists(st.integers(0, 40 * 24), max_size=6), st.integers(0, 3), st.integers(0, 5))
def test_nobody_is_reached_more_often_than_the_rules_say(
    hours: list[int], per_week: int, per_month: int
) -> None:
    how = NO_NIGHT._replace(per_week=per_week, per_month=per_month)
    recent = tuple(NOON - timedelta(hours=one) for one in hours)
    answer = decide(Ask(Purpose.MARKETING, "email", "i", recent=recent), how, NOON)
    at = answer.until if isinstance(answer, Later) else NOON
    for limit, span in ((per_week, WEEK), (per_month, MONTH)):
        if limit:
            assert sum(at - span < one <= NOON for one in recent) < limit
    if isinstance(answer, Later):
        assert answer.why is Why.TOO_OFTEN


def test_a_supervisor_sets_aside_a_complaint_and_the_limit_alone() -> None:
    ask = Ask(Purpose.MARKETING, "email", "i", override="They asked for the offer.")
    complaint = decide(replace(ask, open_complaint=True), NO_NIGHT, NOON)
    assert isinstance(complaint, Permit)
    assert (complaint.override, complaint.over) == (ask.override, Why.COMPLAINT)
    often = decide(replace(ask, recent=(NOON,)), NO_NIGHT._replace(per_week=1), NOON)
    assert isinstance(often, Permit)
    assert often.over is Why.TOO_OFTEN
    needless = decide(ask, NO_NIGHT, NOON)
    assert isinstance(needless, Permit)
    assert needless.override is None
    sent = decide(replace(ask, material_sent=True), NO_NIGHT, NOON)
    assert sent == Refused(Why.SENT_BEFORE)
    night = decide(ask, OutreachRules(time(0), time(23)), NOON)
    assert isinstance(night, Later)


@given(asks, rules, moments)
def test_where_a_yes_is_needed_nobody_is_reached_without_one(
    ask: Ask, how: OutreachRules, now: datetime
) -> None:
    ask = replace(ask, states=(), persons=(), in_contact=False)
    how = how._replace(only_with_consent=frozenset({"marketing", "survey"}))
    if ask.purpose is Purpose.SERVICE:
        assert isinstance(decide(ask, how, now), Permit)
        return
    assert decide(ask, how, now) == Refused(Why.NO_CONSENT)
    yes = State(ADDRESS, ANY, ask.purpose, True, False, False)
    assert decide(replace(ask, states=(yes,)), how, now) != Refused(Why.NO_CONSENT)


def test_only_an_open_contact_is_answered() -> None:
    for state in OPEN:
        assert service_reply(state, "i").is_service
    for state in FINAL:
        with pytest.raises(ValueError, match="waits for no answer"):
            service_reply(state, "i")
