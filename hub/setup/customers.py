"""The sections of the set-up file about customers: what they name has to be there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.core.errors import Fault
from hub.customers.lifecycle.model import Standing
from hub.customers.rules.model import Rule, check_rule, conditions

from .hours import named_hours
from .model import Setup
from .naming import unknown

_MOST_PLANS = 50


def customer_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the rules about customers."""
    if setup.lifecycle.lost_after_days <= setup.lifecycle.dormant_after_days:
        yield Fault("lifecycle.lost_after_days", "is after dormant_after_days: give it more days")
    yield from _allocation(setup)
    if len(setup.plans) > _MOST_PLANS:
        yield Fault("plans", f"are more than {_MOST_PLANS}")
    for index, plan in enumerate(setup.plans):
        yield from _when(f"plans[{index}].when", plan.when, setup)
        if plan.within_days < plan.every_days * len(plan.steps):
            steps = f"{len(plan.steps)} steps of {plan.every_days} days"
            yield Fault(f"plans[{index}].within_days", f"is before the last of {steps}: give more")


def _allocation(setup: Setup) -> Iterator[Fault]:
    teams = {team.key for team in setup.teams}
    hours = named_hours(setup).keys()
    for index, rule in enumerate(setup.allocation.rules):
        path = f"allocation.rules[{index}]"
        if (rule.user is None) == (rule.team is None):
            yield Fault(path, "say either user or team")
        if rule.team is not None and rule.team not in teams:
            yield unknown(f"{path}.team", "team", rule.team, teams)
        if rule.user is not None and "@" not in rule.user:
            yield Fault(f"{path}.user", "is the mail address of a user")
        if rule.hours is not None and rule.hours not in hours:
            yield unknown(f"{path}.hours", "opening hours", rule.hours, hours)
        yield from _when(f"{path}.when", rule.when, setup)


def _when(path: str, raw: dict[str, Any] | None, setup: Setup) -> Iterator[Fault]:
    """A rule about customers, with the place of each fault in the file."""
    found = None if raw is None else check_rule(raw)
    if isinstance(found, list):
        for fault in found:
            yield fault._replace(path=path + fault.path.removeprefix("rule"))
    elif found is not None:
        yield from _tells(path, found, setup)


_UNTOLD_FIELDS = frozenset({"loss_making", "named_segment", "profit", "tail", "trend"})


def _tells(path: str, rule: Rule, setup: Setup) -> Iterator[Fault]:
    """Agents read the names of plans and of the rules that give them customers: what they are not
    told of a customer (knowledge.md) is not what such a rule asks.
    """
    shown = {tier.key: tier.agents_see for tier in setup.tiers if tier.agents_see}
    hidden = {"standing": {Standing.LOST.value: Standing.DORMANT.value}, "tier": shown}
    for one in conditions(rule):
        if one.field in _UNTOLD_FIELDS:
            yield Fault(path, f"asks for {one.field}, which agents are not told and would learn")
        words = one.wanted if isinstance(one.wanted, frozenset) else frozenset()
        for word, instead in hidden.get(one.field, {}).items():
            if word in words and instead not in words:
                yield Fault(
                    path,
                    f"agents are not told of {word!r}, and this would tell it; "
                    f"name {instead!r} beside it, which they are shown",
                )
