"""How often what agents choose from was chosen: before something of it is retired, or comes back.

Counts end at `MOST_COUNTED`: each is a range of an index, and a million contacts may have one
reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from hub.contacts.tables import outcomes, reasons
from hub.routing.settings import Label, load_settings
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web import View

MOST_COUNTED = 10_000


class UsedLine(View, frozen=True):
    """`used`: contacts that have it, at most `most` and one. `parent_id`: of a reason below one."""

    id: str
    zh: str
    en: str
    parent_id: str | None
    retired: bool
    used: int


class UsedView(View, frozen=True):
    """What contacts can have or had: retired ones, too. Of the reasons for not ready and for
    declining, those in force: how often agents chose them. More than `most` are not counted.
    """

    reasons: list[UsedLine]
    outcomes: list[UsedLine]
    next_actions: list[UsedLine]
    not_ready_reasons: list[UsedLine]
    decline_reasons: list[UsedLine]
    most: int


def _counts(where: str) -> Statement:
    return Statement(f"""
SELECT {{text 0}} AS id, (SELECT count(*) FROM (
    SELECT 1 AS one FROM {where} = {{text 0}} LIMIT {{integer :most}}
) AS counted) AS used FROM {{rows}}
""")  # noqa: S608 - our own tables and columns


_USED = {
    "reason_id": _counts("contacts k WHERE k.reason_id"),
    "outcome_id": _counts("contacts k WHERE k.outcome_id"),
    "next_action": _counts("contacts k WHERE k.next_action"),
    "not_ready": _counts("agent_intervals i WHERE i.state = 'not_ready' AND i.reason"),
    "declined": _counts("offers o WHERE o.state = 'declined' AND o.reason"),
}


def used_of(tx: Tx, _: None) -> UsedView:
    """Return how many contacts have each reason, outcome and next action, and how often agents
    were not ready, or declined, for each reason of theirs.
    """
    tree = tx.execute(select(reasons).order_by(reasons.c.position, reasons.c.id)).all()
    ends = tx.execute(select(outcomes).order_by(outcomes.c.position, outcomes.c.id)).all()
    settings = load_settings(tx)
    of_reasons = _used(tx, "reason_id", [row.id for row in tree])
    of_outcomes = _used(tx, "outcome_id", [row.id for row in ends])
    return UsedView(
        reasons=[_line(row, of_reasons, row.parent_id) for row in tree],
        outcomes=[_line(row, of_outcomes) for row in ends],
        next_actions=_labels(tx, "next_action", settings.next_actions),
        not_ready_reasons=_labels(tx, "not_ready", settings.not_ready_reasons),
        decline_reasons=_labels(tx, "declined", settings.decline_reasons),
        most=MOST_COUNTED,
    )


def _labels(tx: Tx, what: str, labels: Sequence[Label]) -> list[UsedLine]:
    """Return a list that is kept with the settings: only what is in force is known."""
    used = _used(tx, what, [one.id for one in labels])
    return [
        UsedLine(id=one.id, zh=one.zh, en=one.en, parent_id=None, retired=False, used=used[one.id])
        for one in labels
    ]


def _line(row: Any, used: dict[str, int], parent_id: str | None = None) -> UsedLine:
    return UsedLine(
        id=row.id,
        zh=row.zh,
        en=row.en,
        parent_id=parent_id,
        retired=row.retired,
        used=used[row.id],
    )


def _used(tx: Tx, what: str, ids: list[str]) -> dict[str, int]:
    rows = _USED[what](tx, [[one] for one in ids], most=MOST_COUNTED + 1)
    return {row.id: row.used for row in rows}
