"""From a checked Setup to the rules of the contact queue, all defaults filled in. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from hub.contacts.model import Channel
from hub.customers.settings import CustomerSettings, QueueKeep
from hub.routing.model import ChannelRules, Overflow, Reserve, SkillStep, team_group
from hub.routing.settings import (
    CallbackRules,
    Label,
    Pulling,
    QueueSettings,
    RecordingRules,
    RoutingSettings,
    ServiceLevel,
    WrapMode,
)

from .closing import closing_fields
from .hours import named_hours
from .model import Callback, Level, OverflowRule, Queue, Setup
from .profiles import profile_of
from .sla import sla_policies

_USUAL = RoutingSettings()


def customer_settings(setup: Setup) -> CustomerSettings:
    """Return the rules about customers of a set-up."""
    return CustomerSettings(
        zone=setup.timezone,
        outreach=setup.outreach,
        cost=setup.cost,
        value=setup.value,
        lifecycle=setup.lifecycle,
        surveys=setup.surveys,
        competitors=setup.competitors,
        knowledge=setup.knowledge,
        commitments=setup.commitments,
        privacy=setup.privacy,
        queue_keep={one.key: one.keep for one in setup.queues if one.keep != QueueKeep()},
        allocation=setup.allocation,
        plans=setup.plans,
        templates=setup.templates,
    )


def still_kept(
    before: CustomerSettings, wanted: CustomerSettings, setup: Setup
) -> CustomerSettings:
    """Return `wanted` with the days of queues that the set-up names no more: what was said in them
    is still there, and goes no sooner than was promised.
    """
    named = {one.key for one in setup.queues}
    gone = {key: keep for key, keep in before.queue_keep.items() if key not in named}
    return structs.replace(wanted, queue_keep={**gone, **wanted.queue_keep})


def routing_settings(setup: Setup) -> RoutingSettings:
    """Return the contact queue's rules of a set-up."""
    return RoutingSettings(
        organisation=setup.organisation,
        zone=setup.timezone,
        tiers=tuple(tier.key for tier in setup.tiers),
        default_tier=setup.default_tier,
        agents_see={tier.key: tier.agents_see for tier in setup.tiers if tier.agents_see},
        calendars=named_hours(setup),
        entry_hours={point.key: point.hours for point in setup.entry_points if point.hours},
        channels={
            channel.value: _channel(setup, channel.value)
            for channel in Channel
            if channel in setup.capacity.cost and channel in setup.capacity.max
        },
        queues={queue.key: _queue(setup, queue) for queue in setup.queues},
        profiles={name: profile_of(profile) for name, profile in setup.profiles.items()},
        languages={skill.language: skill.key for skill in setup.skills if skill.language},
        capacity=setup.capacity.total,
        backoff_s=tuple(setup.offer.backoff_s),
        callback_offer_s=setup.offer.timeout_s.get("callback", _USUAL.callback_offer_s),
        cap_every=setup.cap_every,
        lost_s=setup.presence.lost_s,
        supervisors_read_unseen=setup.presence.supervisors_read_unseen,
        supervisors_listen_unseen=setup.presence.supervisors_listen_unseen,
        return_s=dict(setup.presence.return_s),
        interrupted_s=setup.capacity.interrupted_s,
        untouched_s=setup.capacity.untouched_s,
        next_reply=dict(setup.next_reply_s),
        pull=Pulling(setup.offer.pull),
        wrap_up_mode=_modes(setup.wrap_up.mode),
        wrap_extend_s=setup.wrap_up.extend_s,
        wrap_extensions=setup.wrap_up.extensions,
        sla_policies=sla_policies(setup),
        next_actions=tuple(Label(one.key, one.zh, one.en) for one in setup.next_actions),
        not_ready_reasons=tuple(Label(one.key, one.zh, one.en) for one in setup.not_ready_reasons),
        decline_reasons=tuple(Label(one.key, one.zh, one.en) for one in setup.decline_reasons),
        closing_fields=closing_fields(setup),
    )


def _channel(setup: Setup, channel: str) -> ChannelRules:
    capacity, offer, wrap_up, sticky = setup.capacity, setup.offer, setup.wrap_up, setup.sticky
    declinable = channel not in offer.no_decline
    usual = ChannelRules(cost=0, maximum=0)
    return ChannelRules(
        cost=capacity.cost[channel],
        maximum=capacity.max[channel],
        interruptible=channel in capacity.interruptible,
        business_time=channel in capacity.business_time,
        comfort=capacity.comfort.get(channel, usual.comfort),
        may_decline=declinable,
        decline_needs_reason=declinable and offer.decline_needs_reason,
        offer_s=offer.timeout_s.get(channel, usual.offer_s),
        connect_s=offer.connect_s if channel in offer.connects else None,
        missed_limit=offer.missed.get(channel, usual.missed_limit),
        wrap_up_s=wrap_up.limit_s.get(channel, usual.wrap_up_s),
        gap_s=wrap_up.gap_s.get(channel, usual.gap_s),
        cap_s=setup.cap_s.get(channel),
        sticky_wait_s=sticky.wait_s.get(channel, usual.sticky_wait_s),
        sticky_window_s=sticky.window_s.get(channel, usual.sticky_window_s),
        redial_s=sticky.redial_s.get(channel, usual.redial_s),
    )


def _queue(setup: Setup, queue: Queue) -> QueueSettings:
    targets = {**setup.target_s, **queue.target_s}
    return QueueSettings(
        calendar_id=queue.hours,
        target_s={
            channel: _by_tier(setup, values, urgent=queue.urgent)
            for channel, values in targets.items()
        },
        strict=queue.strict,
        reserves=_reserves(setup, queue),
        cap_s=dict(queue.cap_s),
        steps=_steps(queue),
        overflow=tuple(_overflow(rule) for rule in queue.overflow),
        language_grade=queue.language_grade,
        service_level=_levels({**setup.service_level, **queue.service_level}),
        short_abandon_s={**setup.short_abandon_s, **queue.short_abandon_s},
        public_promise_s={**setup.public_promise_s, **queue.public_promise_s},
        wrap_up_s=dict(queue.wrap_up_s),
        wrap_up_mode=_modes(queue.wrap_up_mode),
        disposition_required=queue.disposition_required,
        survey=queue.survey,
        branch_id=_branch(setup, queue),
        callback=callback_rules(setup, queue),
        recording=RecordingRules(**structs.asdict(queue.recording)),
        listen_unseen=queue.listen_unseen,
    )


def _branch(setup: Setup, queue: Queue) -> str | None:
    """Return the one branch that serves a queue; None for one that several serve, or none."""
    branches = [team.key for team in setup.teams if team.branch and team.key in queue.teams]
    return branches[0] if len(branches) == 1 else None


def _modes(given: Mapping[str, str]) -> dict[str, WrapMode]:
    return {channel: WrapMode(mode) for channel, mode in given.items()}


def callback_rules(setup: Setup, queue: Queue) -> CallbackRules | None:
    """Return how a queue calls back: the file's rules with what differs for it."""
    own = queue.callback
    if (setup.callback is None and own is None) or (own is not None and not own.enabled):
        return None
    merged = structs.asdict(setup.callback or Callback())
    if own is not None:
        differs = structs.asdict(own)
        merged |= {key: value for key, value in differs.items() if value is not None}
        del merged["enabled"]
    first = merged.pop("mode") == "customer_first"
    tiers = tuple(merged.pop("abandoned_for"))
    return CallbackRules(**merged, customer_first=first, abandoned_for=tiers)


def _by_tier(setup: Setup, values: Sequence[int], *, urgent: bool) -> dict[str, int]:
    best = min(values)
    return {
        tier.key: best if urgent else value for tier, value in zip(setup.tiers, values, strict=True)
    }


def _reserves(setup: Setup, queue: Queue) -> tuple[Reserve, ...]:
    """The queue's own reserves after those that hold everywhere."""
    everywhere = [
        Reserve(keep=keep, channel=channel)
        for channel, keep in setup.capacity.reserve_idle.items()
        if keep
    ]
    own = [
        Reserve(keep=rule.keep, channel=rule.channel or None, tiers=frozenset(rule.tiers))
        for rule in queue.reserve
    ]
    return (*everywhere, *own)


def _steps(queue: Queue) -> tuple[SkillStep, ...]:
    if not queue.requires:
        return (SkillStep(()),)
    return tuple(
        SkillStep(tuple(sorted(step.skills.items())), step.for_s) for step in queue.requires
    )


def _overflow(rule: OverflowRule) -> Overflow:
    return Overflow(
        group=team_group(rule.team) if rule.team else rule.queue,
        after_s=rule.after_s,
        over_waiting=rule.over_waiting,
        when_closed=rule.when_closed,
        when_nobody=rule.when_nobody,
        own_first=rule.own_first,
    )


def _levels(levels: Mapping[str, Level]) -> dict[str, ServiceLevel]:
    return {
        channel: ServiceLevel(within_s=level.within_s, goal=level.goal)
        for channel, level in levels.items()
    }
