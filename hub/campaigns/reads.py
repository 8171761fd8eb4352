"""Campaigns read: their rows and arms, who is meant, and who would be reached before the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true

from hub.contacts.outreach.model import Later, Refused
from hub.core.errors import NotFound
from hub.customers.groups.tables import group_members
from hub.customers.tables import customers
from hub.storage import Tx

from .judging import judge
from .model import Arm, PersonState, Text, arm_of
from .tables import campaign_arms, campaign_people, campaigns

LOOKED_AT = 5_000  # people who are asked about one by one before the start
_PIECE = 500
_TAILS = 16**4  # what the last four signs of an id say: they are random


class Counts(NamedTuple):
    """Whom a campaign would reach if it went out now.

    `people`: on the list. `looked_at`: asked about; fewer than `people` is a sample. `reach`,
    `held_out`, `later` (at another hour) and `suppressed` are of those; the last two by reason.
    """

    people: int
    looked_at: int
    reach: int
    held_out: int
    later: Mapping[str, int]
    suppressed: Mapping[str, int]


def get_campaign(tx: Tx, key: str, *, for_change: bool = False) -> Row[Any]:
    """Return a campaign by its key. Raises NotFound."""
    found = select(campaigns).where(campaigns.c.key == key)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such campaign.")
    return row


def campaign_by_id(tx: Tx, campaign_id: str) -> Row[Any]:
    """Return a campaign by its id. Raises NotFound."""
    row = tx.execute(select(campaigns).where(campaigns.c.id == campaign_id)).first()
    if row is None:
        raise NotFound("There is no such campaign.")
    return row


def arms_of(tx: Tx, campaign_ids: Sequence[str]) -> dict[str, list[Arm]]:
    """Return the arms of these campaigns, in their order."""
    rows = tx.execute(
        select(campaign_arms)
        .where(campaign_arms.c.campaign_id.in_(sorted(campaign_ids)))
        .order_by(campaign_arms.c.campaign_id, campaign_arms.c.place)
    )
    arms: dict[str, list[Arm]] = {}
    for row in rows:
        texts = {language: Text(**text) for language, text in row.texts.items()}
        arms.setdefault(row.campaign_id, []).append(Arm(row.key, row.share, row.holdout, texts))
    return arms


def meant(campaign: Row[Any]) -> Select[Any]:
    """Return the question whom a campaign means: `customer_id`, of a group or of its list."""
    if campaign.group_id is None:
        return select(campaign_people.c.customer_id).where(
            campaign_people.c.campaign_id == campaign.id,
            campaign_people.c.state == PersonState.LISTED,
        )
    return (
        select(group_members.c.customer_id)
        .join(customers, customers.c.id == group_members.c.customer_id)
        .where(
            group_members.c.group_id == campaign.group_id,
            group_members.c.left_at.is_(None),
            _of_branches(campaign.branches),
        )
    )


def _of_branches(branches: Sequence[str] | None) -> ColumnElement[bool]:
    if branches is None:
        return true()
    return or_(customers.c.branch_id.is_(None), customers.c.branch_id.in_(branches))


def count_meant(tx: Tx, campaign: Row[Any]) -> int:
    """Return how many people a campaign means."""
    asked = select(func.count()).select_from(meant(campaign).subquery())
    number: int = tx.execute(asked).scalar_one()
    return number


def count_reach(tx: Tx, campaign: Row[Any]) -> Counts:
    """Return whom a campaign would reach, and who not and why. Of many a sample is asked about,
    the same one each time: at most LOOKED_AT or a few more.
    """
    people = count_meant(tx, campaign)
    found = meant(campaign).order_by("customer_id").limit(2 * LOOKED_AT)
    if people > LOOKED_AT:
        tail = f"{_TAILS * LOOKED_AT // people:04x}"
        found = found.where(func.substr(found.selected_columns[0], 33) < tail)
    ids = list(tx.execute(found).scalars())
    [arms] = arms_of(tx, [campaign.id]).values()
    reach = held_out = 0
    later: Counter[str] = Counter()
    suppressed: Counter[str] = Counter()
    for at in range(0, len(ids), _PIECE):
        for one in judge(tx, campaign, ids[at : at + _PIECE]):
            if one.reason is not None:
                suppressed[one.reason] += 1
            elif isinstance(one.answer, Refused):
                suppressed[one.answer.why] += 1
            elif isinstance(one.answer, Later):
                late = one.answer.until >= campaign.ends_at
                (suppressed if late else later)[one.answer.why] += 1
            elif arm_of(arms, campaign.id, one.customer_id).holdout:
                held_out += 1
            else:
                reach += 1
    return Counts(people, len(ids), reach, held_out, dict(later), dict(suppressed))


def counted_people(tx: Tx, campaign_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return, by campaign, how many of its people are in which state. One statement."""
    table = campaign_people.c
    rows = tx.execute(
        select(table.campaign_id, table.state, func.count().label("n"))
        .where(table.campaign_id.in_(sorted(campaign_ids)))
        .group_by(table.campaign_id, table.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.campaign_id, {})[row.state] = row.n
    return counts
