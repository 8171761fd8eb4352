"""The SLA policies of the set-up file: checked, and made into rules of the queue. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from hub.contacts.model import Channel
from hub.core.errors import Fault, Invalid
from hub.hours import Calendar, add_open
from hub.routing.settings import CalendarSpec, calendar_of
from hub.routing.sla.policies import (
    OWNER,
    SUPERVISORS,
    Act,
    DeadlineKind,
    Escalation,
    SlaPolicy,
    StepName,
)

from .hours import named_hours
from .model import EscalationSetup, Setup, SlaPolicySetup
from .naming import refer

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def sla_policies(setup: Setup) -> tuple[SlaPolicy, ...]:
    """Return the policies of a checked set-up in their order."""
    return tuple(_policy(policy) for policy in setup.sla_policies)


def targets_of(policy: SlaPolicySetup) -> dict[DeadlineKind, int]:
    """Return the deadlines that a policy has, in seconds."""
    given = {
        DeadlineKind.FIRST_REPLY: policy.first_reply_s,
        DeadlineKind.NEXT_REPLY: policy.next_reply_s,
        DeadlineKind.RESOLUTION: policy.resolution_s,
    }
    return {kind: seconds for kind, seconds in given.items() if seconds is not None}


def _policy(policy: SlaPolicySetup) -> SlaPolicy:
    return SlaPolicy(
        key=policy.key,
        zh=policy.zh,
        en=policy.en,
        queues=tuple(policy.queues),
        tiers=tuple(policy.tiers),
        channels=tuple(policy.channels),
        target_s=targets_of(policy),
        calendar_id=policy.hours,
        warn_at=policy.warn_at,
        pause_parked=policy.pause_parked,
        reopen_s=policy.reopen_s,
        escalations=tuple(_escalation(one) for one in policy.escalations),
    )


def _escalation(one: EscalationSetup) -> Escalation:
    action = Act(one.action)
    return Escalation(
        at=StepName.LATE if isinstance(one.at, int) else StepName(one.at),
        after_s=one.at if isinstance(one.at, int) else 0,
        on=DeadlineKind(one.on) if one.on else None,
        action=action,
        to=one.to.lower() if "@" in one.to else one.to,
        priority=one.priority if action is Act.RAISE_PRIORITY else 0,
    )


def sla_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the policies, each with its place and what to write instead."""
    named = named_hours(setup)
    calendars = dict(_calendars(named))
    for index, policy in enumerate(setup.sla_policies):
        path = f"sla_policies[{index}]"
        yield from refer(f"{path}.queues", "queue", policy.queues, _queues(setup))
        tiers = {tier.key for tier in setup.tiers}
        yield from refer(f"{path}.tiers", "tier", policy.tiers, tiers)
        for tier in setup.tiers:
            if tier.agents_see not in ("", tier.key) and tier.key in policy.tiers:
                yield Fault(
                    f"{path}.tiers",
                    f"agents are not told of {tier.key!r}, and a deadline would tell "
                    f"it; name {tier.agents_see!r}, which they are shown",
                )
        channels = {channel.value for channel in Channel}
        yield from refer(f"{path}.channels", "channel", policy.channels, channels)
        if policy.hours:
            yield from refer(f"{path}.hours", "hours", [policy.hours], named)
        if not targets_of(policy):
            yield Fault(
                path,
                "has no deadline; give first_reply_s, next_reply_s or resolution_s, "
                "or leave the policy out",
            )
        yield from _too_long(setup, path, policy, calendars)
        for number, one in enumerate(policy.escalations):
            yield from _escalation_problems(setup, f"{path}.escalations[{number}]", policy, one)
    yield from _shadowed(setup.sla_policies)


def _queues(setup: Setup) -> set[str]:
    return {queue.key for queue in setup.queues}


def _calendars(named: Mapping[str, CalendarSpec]) -> Iterator[tuple[str, Calendar]]:
    for name, spec in named.items():
        try:
            yield name, calendar_of(spec)
        except Invalid:  # told under `hours`
            continue


def _too_long(
    setup: Setup, path: str, policy: SlaPolicySetup, calendars: Mapping[str, Calendar]
) -> Iterator[Fault]:
    """Hours that hardly ever open never come to the end of a long deadline."""
    own = [queue.hours for queue in setup.queues if queue.key in (policy.queues or [queue.key])]
    longest_s = max(targets_of(policy).values(), default=0)
    late_s = max((one.at for one in policy.escalations if isinstance(one.at, int)), default=0)
    for name in sorted({policy.hours} if policy.hours else set(own)):
        if name not in calendars:
            continue
        try:
            add_open(calendars[name], _SOME_DAY, longest_s + late_s)
        except ValueError:
            yield Fault(
                path,
                f"{longest_s} s of the hours {name!r} take more than a lifetime; give a "
                "shorter deadline, or other hours",
            )


def _escalation_problems(
    setup: Setup, path: str, policy: SlaPolicySetup, one: EscalationSetup
) -> Iterator[Fault]:
    if one.on and DeadlineKind(one.on) not in targets_of(policy):
        yield Fault(
            f"{path}.on", f"the policy has no {one.on}; give {one.on}_s, or take another one"
        )
    if one.at == "warning" and policy.warn_at == 1:
        yield Fault(
            f"{path}.at", 'with warn_at = 1 there is no warning; lower it, or write "breach"'
        )
    match Act(one.action):
        case Act.NOTIFY:
            if one.to not in (OWNER, SUPERVISORS) and "@" not in one.to:
                yield Fault(
                    f"{path}.to",
                    f"{one.to!r} is nobody to notify; write "
                    f'"{OWNER}", "{SUPERVISORS}" or the e-mail address of a user',
                )
        case Act.MOVE:
            yield from refer(f"{path}.to", "queue", [one.to], _queues(setup))
            if policy.queues == [one.to]:
                yield Fault(f"{path}.to", f"contacts of this policy are in {one.to!r} already")
        case Act.ASSIGN:
            if "@" not in one.to:
                yield Fault(
                    f"{path}.to", f"{one.to!r} is no agent; write the e-mail address of one"
                )
        case Act.RAISE_PRIORITY:
            if one.to:
                yield Fault(
                    f"{path}.to", "a priority is raised for everybody; write priority = 1 to 9"
                )


def _shadowed(policies: Sequence[SlaPolicySetup]) -> Iterator[Fault]:
    """The first that applies counts: one behind a wider one is never reached."""
    for index, policy in enumerate(policies):
        for earlier in policies[:index]:
            if all(
                not wide or (narrow and set(narrow) <= set(wide))
                for wide, narrow in _conditions(earlier, policy)
            ):
                yield Fault(
                    f"sla_policies[{index}]",
                    f"never applies, {earlier.key!r} before it takes the "
                    "same contacts; put it first, or narrow the other",
                )
                break


def _conditions(
    one: SlaPolicySetup, other: SlaPolicySetup
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each condition of two policies side by side."""
    yield one.queues, other.queues
    yield one.tiers, other.tiers
    yield one.channels, other.channels
