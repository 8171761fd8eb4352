"""The scenario file of `hub simulate` (TOML) as typed values.

Pure. Durations are seconds of the simulated time, rates contacts a second. docs/simulation.md has
every key; `check_scenario` says what is wrong with one.
"""

from __future__ import annotations

from msgspec import Struct

DAY_S = 86_400.0
LONGEST_S = 1e8  # three years
DEFAULT_QUEUE = "default"
BEST_GRADE = 5
RULES = ("urgency", "strict")
DISTRIBUTIONS = ("exponential", "lognormal", "fixed")

Grades = dict[str, int] | list[str]
"""{skill: proficiency}; a list asks for a skill at all, or has it at the best grade."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of the file."""


class Run(_Part, frozen=True, kw_only=True):
    """`contacts` arrive in all; the first `warmup` are left out (None: a tenth). `rule`: urgency
    (waited ÷ target) or strict (tiers first, in the order of the file). `cap_s`: every third
    assignment takes the oldest of those who waited longer."""

    contacts: int = 100_000
    warmup: int | None = None
    seed: int = 1
    rule: str = "urgency"
    cap_s: float | None = None

    @property
    def left_out(self) -> int:
        return self.contacts // 10 if self.warmup is None else self.warmup


class Tier(_Part, frozen=True, kw_only=True):
    name: str
    target_s: float


class Distribution(_Part, frozen=True, kw_only=True):
    """A random time. `sigma`: the standard deviation of the logarithm, for lognormal only."""

    distribution: str
    mean_s: float
    sigma: float | None = None


class Interval(_Part, frozen=True, kw_only=True):
    for_s: float
    rate_per_s: float


class Arrivals(_Part, frozen=True, kw_only=True):
    """A stream of customers: a Poisson process of one tier and channel. `rate_per_s`: a number, or
    intervals one after the other, begun anew when the last is over. No `patience`: nobody leaves.
    `target_s`: promised to these, where it is not the tier's own.
    """

    tier: str
    channel: str
    rate_per_s: float | list[Interval]
    handle: Distribution
    queue: str = DEFAULT_QUEUE
    skills: Grades = {}
    patience: Distribution | None = None
    target_s: float | None = None

    @property
    def intervals(self) -> list[Interval]:
        if isinstance(self.rate_per_s, list):
            return self.rate_per_s
        return [Interval(for_s=DAY_S, rate_per_s=self.rate_per_s)]

    @property
    def mean_rate_per_s(self) -> float:
        intervals = self.intervals
        total_s = sum(one.for_s for one in intervals)
        return sum(one.rate_per_s * one.for_s for one in intervals) / total_s

    @property
    def demands(self) -> dict[str, int]:
        """{skill: least proficiency}"""
        return grades(self.skills, 1)


class Shift(_Part, frozen=True, kw_only=True):
    """Signed in from `from_s` to `to_s` of each period; over its end where `to_s` is the lesser."""

    from_s: float
    to_s: float


class Agents(_Part, frozen=True, kw_only=True):
    """`count` agents alike. No `queues`: all of them; no `tiers`: all; no `shift`: always there.
    `tiers` is a reserve: they take contacts of no other tier. `capacity`: units (a call costs 100).
    """

    count: int
    skills: Grades = {}
    queues: list[str] | None = None
    tiers: list[str] | None = None
    capacity: int = 100
    shift: Shift | None = None

    @property
    def proficiency(self) -> dict[str, int]:
        return grades(self.skills, BEST_GRADE)


class Scenario(_Part, frozen=True, kw_only=True):
    tiers: list[Tier]  # best first
    arrivals: list[Arrivals]
    agents: list[Agents]
    run: Run = Run()

    @property
    def queues(self) -> list[str]:
        """The queues that something arrives in, in the order of the file."""
        return list(dict.fromkeys(one.queue for one in self.arrivals))

    @property
    def channels(self) -> list[str]:
        return list(dict.fromkeys(one.channel for one in self.arrivals))

    @property
    def period_s(self) -> float:
        """After so long rates and shifts begin anew: the length of the intervals, else a day."""
        lists = (one.rate_per_s for one in self.arrivals if isinstance(one.rate_per_s, list))
        return max((sum(one.for_s for one in intervals) for intervals in lists), default=DAY_S)

    @property
    def targets_s(self) -> dict[str, float]:
        return {tier.name: tier.target_s for tier in self.tiers}

    def target_of(self, arrivals: Arrivals) -> float:
        """Return the answer time promised to a stream, in seconds."""
        return self.targets_s[arrivals.tier] if arrivals.target_s is None else arrivals.target_s


def grades(skills: Grades, if_listed: int) -> dict[str, int]:
    """Return {skill: grade}; those of a list all have `if_listed`."""
    return dict.fromkeys(skills, if_listed) if isinstance(skills, list) else skills


def is_length(value: float) -> bool:
    """Is it a length of time that can be simulated: a microsecond to LONGEST_S?"""
    return 1e-6 <= value <= LONGEST_S
