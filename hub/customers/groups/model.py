"""Who is in which group, decided for many customers at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.customers.rules.model import FIELDS, Features, Kind, Rule, fields_of, matches

RECOUNT = timedelta(days=1)


class Group(NamedTuple):
    id: str
    rule: Rule


class Changes(NamedTuple):
    """(group, customer) pairs, in order."""

    entered: list[tuple[str, str]]
    left: list[tuple[str, str]]


def changes_of(
    groups: Sequence[Group],
    features: Mapping[str, Features],
    gone: Collection[str],
    inside: Collection[tuple[str, str]],
    now: datetime,
) -> Changes:
    """Return who enters and who leaves, of the customers whose features are known or who are gone.

    `inside`: (group, customer) of them, as it is. `gone`: they became another customer.
    """
    wanted = {
        (group.id, customer_id)
        for group in groups
        for customer_id, one in features.items()
        if customer_id not in gone and matches(group.rule, one, now)
    }
    mine = {group.id for group in groups}
    was = {pair for pair in inside if pair[0] in mine}
    return Changes(sorted(wanted - was), sorted(was - wanted))


def moves_with_time(rule: Rule) -> bool:
    """Say whether time alone changes for whom a rule holds: it asks how long ago something was."""
    return any(FIELDS[field] is Kind.MOMENT for field in fields_of(rule))
