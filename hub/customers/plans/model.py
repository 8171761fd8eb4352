"""Plans: what is done with every customer of a class, once, one step after the other. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hub.customers.rules.model import Features, Rule, matches


class PlanState(StrEnum):
    OPEN = "open"
    DONE = "done"  # every step is
    ENDED = "ended"  # the customer was erased or archived


class OwnerRole(StrEnum):
    """Whose job the steps are."""

    OWNER = "owner"  # who looks after the customer; their supervisors where nobody does
    SUPERVISOR = "supervisor"


class Step(NamedTuple):
    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Template:
    """A plan of the set-up. `when` None: for every customer."""

    key: str
    zh: str
    en: str
    when: Rule | None
    steps: tuple[Step, ...]
    every: timedelta
    within: timedelta
    owner: OwnerRole


class NextStep(NamedTuple):
    """`step` None: all of them are done."""

    step: str | None
    at: datetime | None


def wanted(
    templates: Sequence[Template],
    features: Mapping[str, Features],
    there: Collection[tuple[str, str]],
    now: datetime,
) -> list[tuple[str, Template]]:
    """Return which plans begin for whom. `there`: (customer, plan) that began before: each once."""
    return [
        (customer_id, template)
        for customer_id, known in sorted(features.items())
        for template in templates
        if (customer_id, template.key) not in there
        and (template.when is None or matches(template.when, known, now))
    ]


def next_step(
    steps: Sequence[str], done: Collection[str], since: datetime, every: timedelta
) -> NextStep:
    """Return the first step that is not done, and when it is due: so long after `since`, when the
    plan began or a step was last ticked.
    """
    step = next((one for one in steps if one not in done), None)
    return NextStep(step, None if step is None else since + every)
