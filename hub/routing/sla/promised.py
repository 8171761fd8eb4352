"""The time that an acknowledgement told the customer is a deadline of the first reply. Pure.

It is a time of the clock on the wall: it stands still for nothing, and a change of the opening
hours does not move it. Where the policy asks for less, the policy counts; where there is no policy,
the promise alone does (channels.md, Email).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.hours import Calendar

from .model import Deadline, SlaClock, Terms, reading_us
from .policies import DeadlineKind, SlaPolicy, steps_of

# Its key is none that a set-up may write.
PROMISE = SlaPolicy(key=":promise", zh="对客户承诺的回复时间", en="Reply time told to the customer")


def by_promise(
    terms: Terms,
    policy: SlaPolicy,
    hours: tuple[str, Calendar],
    promised_at: datetime,
    *,
    used_us: int,
    now: datetime,
    parked: bool,
) -> Terms:
    """Return the terms of a first reply that was promised: `terms`, or sooner.

    `terms`: those of the policy, `policy`: it or PROMISE; `hours`: the calendar the promise is
    counted on, with its id; `used_us`: what the deadline has used on it by now. What is promised
    for closed hours is due when they begin.
    """
    calendar_id, calendar = hours
    left_us = reading_us(calendar, promised_at) - reading_us(calendar, now)
    target_us = max(used_us + left_us, 1)
    stands = parked and terms.pauses
    if terms.steps and terms.target_us <= target_us and not stands:
        return terms
    steps = steps_of(policy, DeadlineKind.FIRST_REPLY, target_us)
    return Terms(policy.key, calendar_id, calendar, steps, pauses=False)


def as_it_stood(
    before: Deadline, calendar: Calendar, terms: Terms, now: datetime, *, parked: bool
) -> Deadline:
    """Return a first reply as its policy (`terms`) goes on with it, which pauses while it is
    parked, although it runs on for the promise: what was used by then is kept beside the clock, and
    taken up again after.
    """
    clock = before.clock
    if not (terms.steps and terms.pauses and clock.runs):
        return before
    if parked and before.target_us == terms.target_us:
        clock = SlaClock(clock.used_at(calendar, now), clock.start_us)
    elif not parked and before.target_us > terms.target_us and clock.used_us > 0:
        clock = SlaClock(clock.used_us).running(calendar, now)
    return replace(before, clock=clock)


def as_it_runs(deadline: Deadline, policy: SlaPolicy, calendar: Calendar) -> Terms:
    """Return the terms by which the steps of a promised first reply are taken."""
    steps = steps_of(policy, deadline.kind, deadline.target_us)
    return Terms(policy.key, deadline.calendar_id, calendar, steps, pauses=False)


__all__ = ["PROMISE", "as_it_runs", "as_it_stood", "by_promise"]
