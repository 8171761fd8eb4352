"""Deadlines against a slow model: any order of messages, answers, waits, ends, policies, hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.hours import Calendar, check_calendar
from hub.routing.sla.model import (
    Beginning,
    Deadline,
    Facts,
    SlaClock,
    fired,
    follow,
    reading_us,
    terms_of,
)
from hub.routing.sla.policies import Act, DeadlineKind, Escalation, SlaPolicy, StepName
from tests.properties.routing.slow_sla import TICK, SlowContact, SlowHours, SlowPolicy

WEEKDAYS = range(5)
HOURS: list[tuple[Calendar, SlowHours]] = [
    (
        check_calendar("Mon-Fri 09:00-13:00,14:00-18:00", "IT", "Europe/Rome"),
        SlowHours(
            "Europe/Rome",
            dict.fromkeys(WEEKDAYS, ((9, 13), (14, 18))),
            frozenset({date(2026, 4, 6), date(2026, 6, 2), date(2026, 12, 8)}),
        ),
    ),
    (  # nights over the change of clocks, in spring and in autumn
        check_calendar("Mon-Sun 22:00-06:00", "none", "Europe/Rome"),
        SlowHours("Europe/Rome", dict.fromkeys(range(7), ((22, 30),))),
    ),
    (
        check_calendar("Fri-Sun 20:30-09:30", "none", "America/New_York"),
        SlowHours("America/New_York", dict.fromkeys((4, 5, 6), ((20.5, 33.5),))),
    ),
    (
        check_calendar("24x7"),
        SlowHours("UTC", dict.fromkeys(range(7), ((0, 24),))),
    ),
]
# Days before something odd: clocks forward and back in Rome and New York, Easter, a Christmas.
STARTS = [
    datetime(2026, 3, 27, 8, tzinfo=UTC),
    datetime(2026, 10, 23, 10, tzinfo=UTC),
    datetime(2026, 3, 6, 20, tzinfo=UTC),
    datetime(2026, 10, 30, 21, 10, tzinfo=UTC),
    datetime(2026, 4, 3, 15, tzinfo=UTC),
    datetime(2026, 6, 1, 12, 30, tzinfo=UTC),
]


@st.composite
def policies(draw: st.DrawFn) -> tuple[SlaPolicy, SlowPolicy] | None:
    """A policy in both forms; now and then none."""
    kinds = draw(st.sets(st.sampled_from(list(DeadlineKind))))
    if not kinds:
        return None
    quarters = draw(st.sampled_from([1, 2, 3, 4]))  # the warning at so many quarters
    target_s = {kind: 2400 * draw(st.integers(1, 40)) for kind in sorted(kinds)}
    late = draw(st.sets(st.sampled_from([600, 3600]), max_size=2))
    pauses = draw(st.booleans())
    real = SlaPolicy(
        key="p",
        zh="p",
        en="p",
        target_s=target_s,
        warn_at=quarters / 4,
        pause_parked=pauses,
        escalations=tuple(
            Escalation(at=StepName.LATE, after_s=after_s, action=Act.NOTIFY, to="owner")
            for after_s in sorted(late)
        ),
    )
    slow = SlowPolicy(
        {kind.value: s for kind, s in target_s.items()},
        {kind.value: s * quarters // 4 for kind, s in target_s.items()},
        tuple(sorted(late)),
        pauses,
    )
    return real, slow


WAITS = st.integers(0, 60)  # ten minutes each, until it happens
ORDINARY = ("message", "message", "reply", "park", "resume", "close", "spam")
ordinary = st.tuples(st.sampled_from(ORDINARY), WAITS, st.none(), st.just(0))
new_policy = st.tuples(st.just("policy"), WAITS, policies(), st.just(0))
new_hours = st.tuples(st.just("hours"), WAITS, st.none(), st.integers(0, len(HOURS) - 1))
stories = st.lists(st.one_of(ordinary, ordinary, new_policy, new_hours), min_size=3, max_size=16)
END = ("wait", 60, None, 0)


@dataclass
class Real:
    """The real deadlines, kept as the service keeps them."""

    policy: SlaPolicy | None
    calendar: Calendar
    contact: Facts | None = None
    open: dict[DeadlineKind, Deadline] = field(default_factory=dict)
    resolved: Deadline | None = None
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    number: int = 0

    def to(self, now: datetime, *, begins_now: bool = False, **facts: object) -> None:
        """Something has happened: the contact is so from now on."""
        assert self.contact is not None
        changed = {name: getattr(self.contact, name) for name in Facts.__slots__} | facts
        self.contact = Facts(**changed)
        for kind in DeadlineKind:
            self.number += 1
            before = self.open.get(kind)
            if before is None and kind is DeadlineKind.RESOLUTION:
                before = self.resolved
            key = Beginning(str(self.number), "c", "v", now if begins_now else None)
            terms = terms_of(self.policy, kind, "h", {"h": self.calendar})
            after = follow(before, self.contact, terms, self.calendar, now, key, kind)
            if after is None:
                continue
            if after.ended_at is None:
                self.open[kind] = after
                self.resolved = None if kind is DeadlineKind.RESOLUTION else self.resolved
                continue
            del self.open[kind]
            self.outcomes.append((kind.value, outcome(after)))
            if kind is DeadlineKind.RESOLUTION and after.met_at is not None:
                self.resolved = after

    def opened(self, now: datetime) -> None:
        self.contact = Facts(now, now, answered=False, ours=False, parked=False, over=False,
                             settled=False)  # fmt: skip
        self.to(now)

    def change_hours(self, calendar: Calendar, now: datetime) -> None:
        """As `keep_used_time` does: the virtual start moves by what the clocks differ."""
        shift = reading_us(calendar, now) - reading_us(self.calendar, now)
        for kind, one in self.open.items():
            if one.clock.start_us is not None:
                moved = SlaClock(one.clock.used_us, one.clock.start_us + shift)
                values = {name: getattr(one, name) for name in Deadline.__slots__}
                self.open[kind] = Deadline(**{**values, "clock": moved})
        self.calendar = calendar

    def fire(self, now: datetime) -> list[tuple[str, str]]:
        """As the timekeeper does: only what is due to be looked at is looked at."""
        reached = []
        for kind, one in sorted(self.open.items()):
            if one.look_at is None or one.look_at > now:
                continue
            terms = terms_of(self.policy, kind, "h", {"h": self.calendar})
            result = fired(one, terms, now)
            self.open[kind] = result.deadline
            reached += [(kind.value, step.name.value) for step in result.steps]
        return reached


def outcome(deadline: Deadline) -> str:
    if deadline.met_at is not None:
        return "late" if deadline.breached_at else "met"
    return "breached" if deadline.breached_at else "dropped"


Happening = tuple[str, int, tuple[SlaPolicy, SlowPolicy] | None, int]


def happen(real: Real, slow: SlowContact, now: datetime, one: Happening) -> None:
    what, _, policy, place = one
    is_open = slow.is_open
    if what == "message":
        if is_open:
            since = real.contact.unanswered_since if real.contact else None
            real.to(now, unanswered_since=since or now, parked=False)
        else:
            real.opened(now)
        slow.message()
    elif what == "reply" and is_open:
        real.to(now, unanswered_since=None, answered=True)
        slow.reply()
    elif what in ("park", "resume") and is_open:
        real.to(now, parked=what == "park")
        slow.parked = what == "park"
    elif what in ("close", "spam") and is_open:
        real.to(now, over=True, settled=what == "close", parked=False)
        slow.close(counts=what == "close")
    elif what == "policy":
        real.policy = policy[0] if policy else None
        if is_open:
            real.to(now, begins_now=True)
        slow.change(policy[1] if policy else None)
    elif what == "hours":
        real.change_hours(HOURS[place][0], now)
        if is_open:
            real.to(now, begins_now=True)
        slow.hours = HOURS[place][1]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(STARTS), policies(), st.integers(0, len(HOURS) - 1), stories)
def test_deadlines_are_what_a_slow_count_of_open_time_says(
    start: datetime,
    policy: tuple[SlaPolicy, SlowPolicy] | None,
    place: int,
    story: list[Happening],
) -> None:
    calendar, hours = HOURS[place]
    real = Real(policy[0] if policy else None, calendar)
    slow = SlowContact(policy[1] if policy else None, hours)
    now = start
    happen(real, slow, now, ("message", 0, None, 0))
    for one in [*story, END]:
        for _ in range(one[1]):
            now += TICK
            assert sorted(real.fire(now)) == sorted(slow.live(now)), now
        assert {kind.value for kind in real.open} == set(slow.open)
        for kind, deadline in real.open.items():
            counted = slow.open[kind.value]
            used_us = deadline.clock.used_at(real.calendar, now)
            assert abs(used_us - counted.used_s * 1_000_000) <= 5, (kind, now)
            assert (deadline.warned_at is not None) == counted.warned, (kind, now)
            assert (deadline.breached_at is not None) == counted.breached, (kind, now)
        happen(real, slow, now, one)
        assert sorted(real.outcomes) == sorted(slow.outcomes), now


@given(
    st.sampled_from(STARTS),
    policies().filter(lambda one: one is not None),
    st.integers(0, len(HOURS) - 1),
)
def test_due_is_the_first_moment_at_which_the_target_is_used_up(
    start: datetime, policy: tuple[SlaPolicy, SlowPolicy], place: int
) -> None:
    calendar, hours = HOURS[place]
    real, slow = Real(policy[0], calendar), SlowContact(policy[1], hours)
    happen(real, slow, start, ("message", 0, None, 0))
    due = {kind: one.due_at for kind, one in real.open.items()}
    breached: dict[DeadlineKind, datetime] = {}
    now = start
    while len(breached) < len(due):
        now += TICK
        for kind, name in slow.live(now):
            if name == "breach":
                breached[DeadlineKind(kind)] = now
    assert due == breached
