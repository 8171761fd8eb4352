"""SLA policies as the set-up has them, and the steps of a deadline that follow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

MICROS = 1_000_000


class DeadlineKind(StrEnum):
    """What is due: the first human public reply, the next one, the end of the contact."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    RESOLUTION = "resolution"


class StepName(StrEnum):
    """`late`: so many seconds of business time after the breach."""

    WARNING = "warning"
    BREACH = "breach"
    LATE = "late"


class Act(StrEnum):
    RAISE_PRIORITY = "raise_priority"
    NOTIFY = "notify"
    MOVE = "move"
    ASSIGN = "assign"


OWNER = "owner"
SUPERVISORS = "supervisors"


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """What is done when a step is reached.

    `after_s` counts from the breach, on the policy's hours; only of `late`. `on`: the deadline;
    None: each of the policy. `to`: "owner", "supervisors" or a user's e-mail address (notify), a
    queue (move), an agent's e-mail address (assign). `priority`: what it is raised to.
    """

    at: StepName
    action: Act
    after_s: int = 0
    on: DeadlineKind | None = None
    to: str = ""
    priority: int = 0


class SlaPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines of the contacts of its queues, tiers and channels (empty: any).

    `target_s`: by deadline. `calendar_id` "": that of the contact's queue. `warn_at`: share of the
    target. `pause_parked`: no deadline runs while the contact waits for its customer.
    `reopen_s`: a customer who comes back within so many seconds goes on with the resolution.
    """

    key: str
    zh: str
    en: str
    queues: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    target_s: dict[DeadlineKind, int] = {}
    calendar_id: str = ""
    warn_at: float = 0.75
    pause_parked: bool = True
    reopen_s: int = 0
    escalations: tuple[Escalation, ...] = ()

    def applies(self, queue_id: str, tier: str, channel: str) -> bool:
        """Say whether it is for contacts of this queue, tier and channel."""
        return (
            (not self.queues or queue_id in self.queues)
            and (not self.tiers or tier in self.tiers)
            and (not self.channels or channel in self.channels)
        )


def find_policy(
    policies: Sequence[SlaPolicy], queue_id: str, tier: str, channel: str
) -> SlaPolicy | None:
    """Return the first policy that applies; None: such contacts have no deadlines."""
    return next((one for one in policies if one.applies(queue_id, tier, channel)), None)


class Step(NamedTuple):
    """`at_us`: used time at which it is reached, in microseconds."""

    at_us: int
    name: StepName
    escalations: tuple[Escalation, ...]


def steps_of(
    policy: SlaPolicy, kind: DeadlineKind, target_us: int | None = None
) -> tuple[Step, ...]:
    """Return the steps of a deadline in their order: warning, breach, and what comes later.

    `target_us`: of this one deadline, where it is not the policy's (a promised time); None: the
    policy's. A policy without this deadline has none; a warning at the whole target is none.
    """
    target_s = policy.target_s.get(kind)
    if target_us is None and target_s is None:
        return ()
    breach_us = (target_s or 0) * MICROS if target_us is None else target_us
    warn_us = round(breach_us * policy.warn_at)
    own = [one for one in policy.escalations if one.on in (None, kind)]

    def at(name: StepName, after_s: int = 0) -> tuple[Escalation, ...]:
        return tuple(one for one in own if one.at is name and one.after_s == after_s)

    late = sorted({one.after_s for one in own if one.at is StepName.LATE})
    warning = Step(warn_us, StepName.WARNING, at(StepName.WARNING))
    return (
        *([warning] if 0 < warn_us < breach_us else []),
        Step(breach_us, StepName.BREACH, at(StepName.BREACH)),
        *(Step(breach_us + s * MICROS, StepName.LATE, at(StepName.LATE, s)) for s in late),
    )
