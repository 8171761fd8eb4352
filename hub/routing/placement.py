"""Where a new wait begins: the routing columns of a contact that enters a queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.storage import Tx

from .model import Rules
from .settings import RoutingSettings, clock_us, load_settings, rules_of

_AGENT_SHARE = (
    4  # the answer to a parked contact waits for its agent at most a quarter of the target
)


_USUAL = "voicemail"  # the promise of what is ours to begin, where a queue lacks its own


@dataclass(frozen=True, slots=True)
class Arrival:
    """A contact about to wait in a queue.

    `last_agent_id` served this conversation last, at `last_agent_at`: preferred within the
    channel's stickiness window. `waits_for_agent`: the answer to a parked contact, or a transfer to
    that agent: it waits for them, while signed in, at most a quarter of the target (routing.md
    3.6). `waited_s` is kept from before (transfer, requeue). `promise`: the targets to go by where
    they are not the channel's own (voicemail): then it waits in business time. `requirements`:
    skills demanded besides the queue's own, {skill: least proficiency}. `left_at`: the customer
    left at that time after they had waited `left_waited_s`, which is kept within the channel's
    `redial_s` (routing.md 3.8).
    """

    queue_id: str
    tier: str
    channel: str
    language: str | None = None
    last_agent_id: str | None = None
    last_agent_at: datetime | None = None
    waits_for_agent: bool = False
    waited_s: float = 0.0
    promise: str | None = None
    requirements: tuple[tuple[str, int], ...] = ()
    left_at: datetime | None = None
    left_waited_s: float = 0.0


def place(tx: Tx, arrivals: Sequence[Arrival]) -> list[dict[str, Any]]:
    """Return, for each arrival, the values of these columns of hub.contacts.tables.contacts:

    calendar_id, target_s, promise, virtual_start_us, waited_us, requirements, skill_step,
    step_until, preferred_agent_id, preferred_until, told_position, sla_policy_id. Raises Invalid
    for a queue that does not exist. One read.
    """
    if not arrivals:
        return []
    settings = load_settings(tx)
    rules = rules_of(settings)
    return [_columns(settings, rules, arrival, tx.now) for arrival in arrivals]


def _columns(
    settings: RoutingSettings, rules: Rules, arrival: Arrival, now: datetime
) -> dict[str, Any]:
    queue = settings.queue(arrival.queue_id)
    promise = next((p for p in (arrival.promise, _USUAL) if p in queue.target_s), None)
    promise = promise if arrival.promise else None
    target_s = settings.target_s(arrival.queue_id, arrival.tier, promise or arrival.channel)
    calendar_id = rules.calendar_id(arrival.queue_id, arrival.channel)
    if promise is not None:
        calendar_id = queue.calendar_id
    waited_us = round((arrival.waited_s + _kept_s(rules, arrival, now)) * 1_000_000)
    step_s = settings.queue(arrival.queue_id).steps[0].for_s
    agent_id, until = _preferred(rules, arrival, calendar_id, target_s, now)
    policy = settings.sla_policy(arrival.queue_id, arrival.tier, arrival.channel)
    return {
        "calendar_id": calendar_id,
        "target_s": target_s,
        "promise": promise,
        "virtual_start_us": clock_us(settings, calendar_id, now) - waited_us,
        "waited_us": waited_us,
        "requirements": _requirements(
            settings, arrival.queue_id, dict(arrival.requirements), arrival.language
        ),
        "skill_step": 0,
        "step_until": None if step_s is None else now + timedelta(seconds=step_s),
        "preferred_agent_id": agent_id,
        "preferred_until": until,
        "told_position": None,  # a new wait: nothing was promised of it yet
        "sla_policy_id": None if policy is None else policy.key,
    }


def requirements_in(
    tx: Tx, queue_id: str, demanded: Mapping[str, int], language: str
) -> dict[str, int]:
    """Return the demands of a contact that turns out to be in `language`; the others stay."""
    settings = load_settings(tx)
    spoken = frozenset(settings.languages.values())
    others = {skill: grade for skill, grade in demanded.items() if skill not in spoken}
    return _requirements(settings, queue_id, others, language)


def _requirements(
    settings: RoutingSettings, queue_id: str, others: Mapping[str, int], language: str | None
) -> dict[str, int]:
    demanded = dict(others)
    grade = settings.queue(queue_id).language_grade
    if grade and language:
        skill = settings.languages.get(language) or settings.languages.get(language.split("-")[0])
        if skill is not None:
            demanded[skill] = max(grade, demanded.get(skill, 0))
    return demanded


def _kept_s(rules: Rules, arrival: Arrival, now: datetime) -> float:
    """Return what somebody who left and came back soon had waited."""
    if arrival.left_at is None:
        return 0.0
    away_s = (now - arrival.left_at).total_seconds()
    return arrival.left_waited_s if away_s <= rules.channels[arrival.channel].redial_s else 0.0


def _preferred(
    rules: Rules, arrival: Arrival, calendar_id: str, target_s: int, now: datetime
) -> tuple[str | None, datetime | None]:
    """Return the agent to prefer, and until when only they may take it while signed in."""
    channel = rules.channels[arrival.channel]
    if arrival.last_agent_id is None:
        return None, None
    if arrival.waits_for_agent:
        wait_s = target_s / _AGENT_SHARE
    else:
        since = arrival.last_agent_at
        if since is None or (now - since).total_seconds() > channel.sticky_window_s:
            return None, None
        wait_s = channel.sticky_wait_s
    if wait_s <= 0:
        return arrival.last_agent_id, None
    until = rules.after(calendar_id, wait_s, now)
    return arrival.last_agent_id, until
