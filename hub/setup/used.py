"""How often what agents choose from was chosen: before something of it is retired, or comes back.

Counts end at `MOST_COUNTED`: each is a range of an index, and a million contacts may have one
reason.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from hub.contacts.tables import outcomes, reasons
from hub.routing.settings import load_settings
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
    """What contacts can have or had: retired ones, too. More than `most` are not counted."""

    reasons: list[UsedLine]
    outcomes: list[UsedLine]
    next_actions: list[UsedLine]
    most: int


def _counts(column: str) -> Statement:
    return Statement(f"""
SELECT {{text 0}} AS id, (SELECT count(*) FROM (
    SELECT 1 AS one FROM contacts k WHERE k.{column} = {{text 0}} LIMIT {{integer :most}}
) AS counted) AS used FROM {{rows}}
""")  # noqa: S608 - our own column


_USED = {column: _counts(column) for column in ("reason_id", "outcome_id", "next_action")}


def used_of(tx: Tx, _: None) -> UsedView:
    """Return how many contacts have each reason, outcome and next action."""
    tree = tx.execute(select(reasons).order_by(reasons.c.position, reasons.c.id)).all()
    ends = tx.execute(select(outcomes).order_by(outcomes.c.position, outcomes.c.id)).all()
    actions = load_settings(tx).next_actions
    of_reasons = _used(tx, "reason_id", [row.id for row in tree])
    of_outcomes = _used(tx, "outcome_id", [row.id for row in ends])
    of_actions = _used(tx, "next_action", [one.id for one in actions])
    return UsedView(
        reasons=[_line(row, of_reasons, row.parent_id) for row in tree],
        outcomes=[_line(row, of_outcomes) for row in ends],
        next_actions=[
            UsedLine(
                id=one.id, zh=one.zh, en=one.en, parent_id=None, retired=False,
                used=of_actions[one.id],
            )
            for one in actions
        ],
        most=MOST_COUNTED,
    )  # fmt: skip


def _line(row: Any, used: dict[str, int], parent_id: str | None = None) -> UsedLine:
    return UsedLine(
        id=row.id,
        zh=row.zh,
        en=row.en,
        parent_id=parent_id,
        retired=row.retired,
        used=used[row.id],
    )


def _used(tx: Tx, column: str, ids: list[str]) -> dict[str, int]:
    rows = _USED[column](tx, [[one] for one in ids], most=MOST_COUNTED + 1)
    return {row.id: row.used for row in rows}
