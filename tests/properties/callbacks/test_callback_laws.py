"""A callback under any course of events: gap, window and count hold, each timer has one outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.callbacks import model
from hub.callbacks.model import OPEN, CallbackState, IllegalMove, Plan, Progress, Times
from hub.contacts.model import CallOutcome, CallStage
from hub.hours import check_calendar, is_open
from hub.testing.clock import ManualClock

ZONE = "Asia/Shanghai"
HOURS = st.sampled_from(
    ["24x7", "Mon-Fri 09:00-12:00,13:30-18:00", "Mon-Sun 22:00-06:00", "Sat 10:00-14:00"]
)
WINDOWS = st.sampled_from(["09:00-20:00", "00:00-24:00", "10:30-11:00,23:00-23:30", "08:00-12:00"])
GAPS = st.sampled_from([60.0, 900.0, 7200.0, 90_000.0])


@cache
def times(hours: str, window: str) -> Times:
    return Times(
        check_calendar(hours, "CN+workdays", ZONE),
        check_calendar(f"Mon-Sun {window}", "none", ZONE),
    )


def meets(pair: tuple[str, str]) -> bool:
    try:
        times(*pair).next_open(datetime(2026, 3, 10, tzinfo=UTC))
    except ValueError:
        return False
    return True


PAIRS = st.tuples(HOURS, WINDOWS).filter(meets)


class Course(RuleBasedStateMachine):
    """Whatever happens to one callback, in any order, by a clock that only goes on."""

    @initialize(
        pair=PAIRS, gap=GAPS, attempts=st.integers(1, 4), first=st.sampled_from([0.0, 600.0])
    )
    def placed(self, pair: tuple[str, str], gap: float, attempts: int, first: float) -> None:
        self.clock = ManualClock()
        self.plan = Plan(times(*pair), attempts, gap, first)
        self.progress = model.begin(self.plan, self.clock.now())
        self.not_before = self.clock.now() + timedelta(seconds=first)
        self.dialled: list[datetime] = []
        self.failures: list[datetime] = []

    @rule(seconds=st.floats(0.5, 200_000))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.progress.due_at is not None)
    @rule(late_s=st.floats(0, 120))
    def timer_comes(self, late_s: float) -> None:
        assert self.progress.due_at is not None
        self.clock.set(max(self.progress.due_at, self.clock.now()) + timedelta(seconds=late_s))
        self.fired()

    @rule()
    def fired(self) -> None:
        """The timekeeper looks: what was due is due no more, so it fires once."""
        now = self.clock.now()
        was = self.progress
        if was.state is CallbackState.DIALLING:
            assert model.fire(was, self.plan, now) == was
            if was.due_at is not None and was.due_at <= now:  # called first, not on the line
                self.missed(counts=True)
            return
        self.progress = model.fire(was, self.plan, now)
        if was.due_at is None or was.due_at > now:
            assert self.progress == was
        else:
            assert self.progress.due_at is None or self.progress.due_at > now
        assert model.fire(self.progress, self.plan, now) == self.progress

    @precondition(lambda self: self.progress.state is CallbackState.QUEUED)
    @rule(first=st.booleans())
    def accepted(self, first: bool) -> None:
        self.fired()  # the timekeeper was there first
        if self.progress.state is not CallbackState.QUEUED:
            return
        now = self.clock.now()
        assert is_open(self.plan.times.hours, now)
        assert is_open(self.plan.times.window, now)
        assert now >= self.not_before
        until = now + timedelta(seconds=150) if first else None
        self.progress = model.dial(self.progress, until)
        assert model.fire(self.progress, self.plan, now + timedelta(days=9)) == self.progress
        self.dialled.append(now)

    @precondition(lambda self: self.progress.state is CallbackState.DIALLING)
    @rule(counts=st.booleans(), took_s=st.floats(1, 149))
    def not_reached(self, counts: bool, took_s: float) -> None:
        self.clock.advance(took_s)
        self.missed(counts=counts)

    def missed(self, *, counts: bool) -> None:
        at = self.clock.now()
        before = self.progress
        self.progress = model.not_reached(before, self.plan, at, counts=counts)
        assert self.progress.failed == before.failed + counts
        if counts:
            self.failures.append(at)
            self.not_before = at + timedelta(seconds=self.plan.gap_s)
            over = self.progress.failed == self.plan.attempts
            assert (self.progress.state is CallbackState.GIVEN_UP) == over
            assert self.progress.state in (CallbackState.GIVEN_UP, CallbackState.WAITING)
        else:
            assert self.progress.state in (CallbackState.QUEUED, CallbackState.WAITING)

    @precondition(lambda self: self.progress.state is CallbackState.DIALLING)
    @rule()
    def on_the_line(self) -> None:
        self.progress = model.on_the_line(self.progress)
        assert self.progress.due_at is None

    @rule(state=st.sampled_from([CallbackState.CANCELLED, CallbackState.DROPPED]))
    def stopped(self, state: CallbackState) -> None:
        if self.progress.state in OPEN and len(self.dialled) % 3 == 2:  # now and then only
            self.progress = model.end(self.progress, state)
        elif self.progress.state not in OPEN:
            try:
                model.end(self.progress, state)
            except IllegalMove:
                return
            raise AssertionError("what is over ended again")

    @invariant()
    def holds(self) -> None:
        progress = self.progress
        assert 0 <= progress.failed <= progress.attempts == self.plan.attempts
        assert 1 <= progress.attempt <= progress.attempts
        assert len(self.failures) <= self.plan.attempts
        waits = progress.state is CallbackState.WAITING
        assert not waits or progress.due_at is not None
        if progress.state not in OPEN:
            assert progress.due_at is None
        for failure, following in zip(self.failures, self.failures[1:], strict=False):
            assert (following - failure).total_seconds() >= self.plan.gap_s


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@given(pair=PAIRS, minutes=st.integers(0, 60 * 24 * 400))
@settings(max_examples=60, deadline=None)
def test_the_next_moment_is_the_first_in_both_and_its_end_is_the_first_out_of_one(
    pair: tuple[str, str], minutes: int
) -> None:
    when = times(*pair)
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens = when.next_open(at)
    assert opens >= at
    assert is_open(when.hours, opens)
    assert is_open(when.window, opens)
    probe = at
    while probe < min(opens, at + timedelta(days=2)):  # nothing was passed over
        assert not (is_open(when.hours, probe) and is_open(when.window, probe))
        probe += timedelta(minutes=7)
    closes = when.closes(opens)
    if closes is not None:
        assert closes > opens
        assert not (is_open(when.hours, closes) and is_open(when.window, closes))
        inside = opens + (closes - opens) / 2
        assert is_open(when.hours, inside)
        assert is_open(when.window, inside)


def test_who_was_not_called_has_not_used_up_an_attempt() -> None:
    counts = model.counts
    assert not counts(CallStage.AGENT, CallOutcome.FAILED, "agent_no_answer")
    assert not counts(CallStage.AGENT, CallOutcome.CANCELLED, "agent_left")
    assert not counts(CallStage.AGENT, CallOutcome.FAILED, "timeout")
    assert counts(CallStage.AGENT, CallOutcome.FAILED, "refused")
    assert counts(CallStage.DIALLING, CallOutcome.FAILED, "timeout")
    assert counts(CallStage.RINGING, CallOutcome.CANCELLED, "")
    assert counts(CallStage.RINGING, CallOutcome.BUSY, "")


def test_a_callback_that_is_not_over_by_closing_time_goes_on_at_the_next_opening() -> None:
    plan = Plan(times("Mon-Fri 09:00-18:00", "09:00-20:00"))
    zone = ZoneInfo(ZONE)
    friday = datetime(2026, 3, 13, 17, 50, tzinfo=zone)
    queued = model.begin(plan, friday)
    assert queued.due_at == datetime(2026, 3, 13, 18, 0, tzinfo=zone)
    put_off = model.fire(queued, plan, friday + timedelta(minutes=10))
    assert put_off == Progress(
        CallbackState.WAITING, 3, 0, datetime(2026, 3, 16, 9, 0, tzinfo=zone)
    )
