"""One deadline and its clock. Pure: no I/O, no clock; every function takes `now` (UTC).

The clock counts open time of a calendar while it runs, and stands while the contact waits for its
customer. It is kept as a *virtual start*: what the calendar's own clock (hub.hours) showed when
nothing was used yet. So a change of the calendar moves one number and keeps what was used
(routing.md 3.15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.hours import ALWAYS_OPEN, Calendar

from .policies import MICROS, DeadlineKind, SlaPolicy, Step, StepName, steps_of

_SLACK_US = 2  # a moment found on the calendar, read from it again, may be a rounding away


def reading_us(calendar: Calendar, at: datetime) -> int:
    """Return what a calendar's clock shows, in microseconds."""
    return round(calendar.position(at) * MICROS)


@dataclass(frozen=True, slots=True)
class SlaClock:
    """`used_us`: used when it last stood. `start_us`: its virtual start; None: it stands."""

    used_us: int = 0
    start_us: int | None = None

    @property
    def runs(self) -> bool:
        return self.start_us is not None

    def used_at(self, calendar: Calendar, at: datetime) -> int:
        """Return the microseconds used by `at`."""
        if self.start_us is None:
            return self.used_us
        return max(reading_us(calendar, at) - self.start_us, 0)

    def stopped(self, calendar: Calendar, at: datetime) -> SlaClock:
        return SlaClock(self.used_at(calendar, at))

    def running(self, calendar: Calendar, at: datetime) -> SlaClock:
        """Return the clock going on from `at`; one that runs already is unchanged."""
        if self.runs:
            return self
        return SlaClock(self.used_us, reading_us(calendar, at) - self.used_us)

    def reaches(self, calendar: Calendar, used_us: int, near: datetime) -> datetime | None:
        """Return the first moment at which `used_us` will be (or was) used; None: it stands."""
        if self.start_us is None:
            return None
        return calendar.first_at((self.start_us + used_us) / MICROS, near)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a deadline goes by. `steps` empty: the policy has no such deadline."""

    policy_id: str
    calendar_id: str
    calendar: Calendar
    steps: tuple[Step, ...]
    pauses: bool

    @property
    def target_us(self) -> int:
        return next((step.at_us for step in self.steps if step.name is StepName.BREACH), 0)


NO_TERMS = Terms("", "", ALWAYS_OPEN, (), pauses=False)


def terms_of(
    policy: SlaPolicy | None,
    kind: DeadlineKind,
    queue_calendar_id: str,
    calendars: Mapping[str, Calendar],
) -> Terms:
    """Return the terms of a deadline; NO_TERMS where there is none."""
    if policy is None or kind not in policy.target_s:
        return NO_TERMS
    calendar_id = policy.calendar_id or queue_calendar_id
    calendar = calendars.get(calendar_id, ALWAYS_OPEN)
    steps = steps_of(policy, kind)
    return Terms(policy.key, calendar_id, calendar, steps, policy.pause_parked)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`fired_us`: steps reached up to here are done. `due_at`, `look_at`: when the target, and the
    next step, will be reached as things stand; None while it stands or has ended.

    `decided_at`: when it was clear whether it is met or breached; None: not yet, or never
    (the customer left, the policy was withdrawn).
    """

    id: str
    contact_id: str
    conversation_id: str
    kind: DeadlineKind
    policy_id: str
    calendar_id: str
    target_us: int
    since_at: datetime
    clock: SlaClock = SlaClock()
    fired_us: int = 0
    due_at: datetime | None = None
    look_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    met_at: datetime | None = None
    decided_at: datetime | None = None
    ended_at: datetime | None = None


def begun(
    id_: str, contact: tuple[str, str], kind: DeadlineKind, terms: Terms, since: datetime
) -> Deadline:
    """Return a deadline that runs since `since`. `contact`: its id and its conversation's."""
    return Deadline(
        id=id_,
        contact_id=contact[0],
        conversation_id=contact[1],
        kind=kind,
        policy_id=terms.policy_id,
        calendar_id=terms.calendar_id,
        target_us=terms.target_us,
        since_at=since,
        clock=SlaClock().running(terms.calendar, since),
    )


def brought_to(
    deadline: Deadline, old: Calendar, terms: Terms, now: datetime, *, parked: bool
) -> Deadline:
    """Return a deadline under `terms` from `now` on, standing or running; used time is kept.

    `old`: the calendar it went by. A breach or a warning that the new terms do not know yet is
    taken back and comes again in its time.
    """
    stopped = deadline.clock.stopped(old, now)
    same = deadline.calendar_id == terms.calendar_id
    if parked and terms.pauses:
        clock = stopped
    else:
        clock = (deadline.clock if same else stopped).running(terms.calendar, now)
    changed = replace(
        deadline,
        policy_id=terms.policy_id,
        calendar_id=terms.calendar_id,
        target_us=terms.target_us,
        clock=clock,
    )
    return looked_at(_taken_back(changed, terms, stopped.used_us), terms, now)


def _taken_back(deadline: Deadline, terms: Terms, used_us: int) -> Deadline:
    ahead = {step.name for step in terms.steps if step.at_us > used_us + _SLACK_US}
    if StepName.BREACH in ahead and deadline.breached_at is not None:
        deadline = replace(deadline, breached_at=None, decided_at=None)
    if StepName.WARNING in ahead and deadline.warned_at is not None:
        deadline = replace(deadline, warned_at=None)
    if deadline.breached_at is None:  # a warning that was late of the old target is no breach yet
        deadline = replace(deadline, fired_us=min(deadline.fired_us, max(terms.target_us - 1, 0)))
    return deadline


def looked_at(deadline: Deadline, terms: Terms, now: datetime) -> Deadline:
    """Return the deadline with its moments worked out anew."""
    clock = deadline.clock
    ahead = next((step.at_us for step in terms.steps if step.at_us > deadline.fired_us), None)
    look_at = None
    if ahead is not None and clock.runs:
        look_at = clock.reaches(terms.calendar, ahead, now)
    elif ahead is not None and clock.used_us >= ahead:
        look_at = now
    due_at = clock.reaches(terms.calendar, terms.target_us, now)
    return replace(deadline, due_at=due_at, look_at=look_at)


@dataclass(frozen=True, slots=True)
class Fired:
    """A deadline after the steps that were due; `steps` may be none: it was looked at too early."""

    deadline: Deadline
    steps: tuple[Step, ...]


def fired(deadline: Deadline, terms: Terms, now: datetime) -> Fired:
    """Take the steps that are reached by `now` and were not taken yet, each once."""
    used_us = deadline.clock.used_at(terms.calendar, now) + _SLACK_US
    steps = tuple(step for step in terms.steps if deadline.fired_us < step.at_us <= used_us)
    if not steps:
        return Fired(looked_at(deadline, terms, now), ())
    names = {step.name for step in steps}
    after = replace(deadline, fired_us=steps[-1].at_us)
    if StepName.WARNING in names and after.warned_at is None:
        after = replace(after, warned_at=now)
    if StepName.BREACH in names and after.breached_at is None:
        at = after.clock.reaches(terms.calendar, terms.target_us, now) or now
        after = replace(after, breached_at=at, decided_at=at)
    return Fired(looked_at(after, terms, now), steps)


def ended(
    deadline: Deadline, calendar: Calendar, now: datetime, *, met: bool, withdrawn: bool = False
) -> Deadline:
    """Return the deadline at its end: met, late, or (`met` False) without an answer to it.

    A target that passed unseen counts as breached at the moment it passed, unless the policy was
    withdrawn with it.
    """
    clock = deadline.clock.stopped(calendar, now)
    breached_at = deadline.breached_at
    seen = withdrawn or breached_at is not None
    if not seen and clock.used_us >= deadline.target_us + _SLACK_US:
        breached_at = deadline.clock.reaches(calendar, deadline.target_us, now) or now
    met_at = now if met else None
    return replace(
        deadline,
        clock=clock,
        due_at=None,
        look_at=None,
        breached_at=breached_at,
        met_at=met_at,
        decided_at=breached_at or met_at,
        ended_at=now,
    )


def reopened(deadline: Deadline, contact_id: str, calendar: Calendar, now: datetime) -> Deadline:
    """Return an ended deadline that goes on in another contact, with what it had used."""
    return replace(
        deadline,
        contact_id=contact_id,
        clock=deadline.clock.running(calendar, now),
        met_at=None,
        decided_at=deadline.breached_at,
        ended_at=None,
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What deadlines go by, of a contact as it is now.

    `ours`: we began it. `settled`: it ended the way that counts as resolved.
    """

    opened_at: datetime
    unanswered_since: datetime | None
    answered: bool
    ours: bool
    parked: bool
    over: bool
    settled: bool


def since_of(facts: Facts, kind: DeadlineKind) -> datetime | None:
    """Return since when this deadline is to run; None: nothing is due now."""
    if facts.over:
        return None
    if kind is DeadlineKind.RESOLUTION:
        return None if facts.ours else facts.opened_at
    first = not facts.answered and not facts.ours
    if kind is DeadlineKind.FIRST_REPLY:
        return (facts.unanswered_since or facts.opened_at) if first else None
    return None if first else facts.unanswered_since


def is_met(facts: Facts, kind: DeadlineKind) -> bool:
    """Say whether a deadline that is not due any more was met, and not just dropped."""
    if kind is DeadlineKind.RESOLUTION:
        return facts.over and facts.settled
    if kind is DeadlineKind.FIRST_REPLY:
        return facts.answered
    return not facts.over and facts.unanswered_since is None


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a deadline that is new is made with. `at`: it runs since then, not since its cause."""

    id: str
    contact_id: str
    conversation_id: str
    at: datetime | None = None


def follow(
    before: Deadline | None,
    facts: Facts,
    terms: Terms,
    calendar: Calendar,
    now: datetime,
    beginning: Beginning,
    kind: DeadlineKind,
) -> Deadline | None:
    """Return a deadline as it is from `now` on, by what has just happened; None: there is none.

    `before`: as it was, open, or a resolution that ended and goes on; `calendar`: which it went by.
    """
    since = since_of(facts, kind)
    if since is None or not terms.steps:
        if before is None or before.ended_at is not None:
            return None
        withdrawn = since is not None
        met = not withdrawn and is_met(facts, kind)
        return ended(before, calendar, now, met=met, withdrawn=withdrawn)
    if before is None:
        key = (beginning.contact_id, beginning.conversation_id)
        before = begun(beginning.id, key, kind, terms, beginning.at or since)
        calendar = terms.calendar
    elif before.ended_at is not None:
        before = reopened(before, beginning.contact_id, calendar, now)
    return brought_to(before, calendar, terms, now, parked=facts.parked)


def newest(deadlines: Sequence[Deadline]) -> Deadline | None:
    """Return the one that ended last."""
    return max(deadlines, key=lambda one: one.ended_at or one.since_at, default=None)
