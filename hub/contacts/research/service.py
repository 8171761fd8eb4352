"""Answers are kept, added up, and where they are low somebody is put on it: one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from hub.core.ids import new_id
from hub.customers.business.people import lock_rows
from hub.customers.changes import mark_dirty
from hub.customers.settings import load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time

from .model import RECENT, SATISFACTION, Sum, add_up
from .recovery import AimOf, Low, open_recoveries
from .tables import customer_satisfaction, survey_answers

_LATELY = timedelta(days=7)  # what was said longer ago and is told now is history, no job


class NewAnswer(NamedTuple):
    """One answer to one question, checked: a score of SATISFACTION is 1 to 5."""

    identity_id: str
    survey_key: str
    question_key: str
    score: int | None
    answer: str | None
    at: datetime
    source: str
    contact_id: str | None = None
    campaign_id: str | None = None
    external_id: str | None = None


_NAMES = ("id", *NewAnswer._fields, "received_at")


def keep_answers(
    tx: Tx,
    answers: Sequence[NewAnswer],
    aim_of: AimOf,
    entries: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Keep answers that are new and return their ids; what they add up to is kept with them, and a
    low score of these days opens a recovery. A fixed number of statements.

    `entries`: by contact, the entry on its timeline that has the words.
    """
    if not answers:
        return []
    scored = {one.identity_id for one in answers if is_satisfaction(one)}
    lock_rows(tx, [f"satisfaction:{identity_id}" for identity_id in scored])
    ids = [new_id() for _ in answers]
    insert_values(
        tx,
        survey_answers,
        _NAMES,
        [(id_, *one, tx.now) for id_, one in zip(ids, answers, strict=True)],
    )
    add_up_again(tx, scored)
    open_lows(tx, answers, aim_of, entries)
    tell_customers(tx, {one.identity_id for one in answers})
    return ids


def open_lows(
    tx: Tx,
    answers: Sequence[NewAnswer],
    aim_of: AimOf,
    entries: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Open a recovery for each of these that is low, if it was said in these days."""
    settings = load_customer_settings(tx)
    lows = [
        Low(
            one.identity_id,
            one.contact_id,
            one.score or 0,
            one.answer or "",
            entries.get(one.contact_id or ""),
        )
        for one in answers
        if is_satisfaction(one)
        and (one.score or 0) <= settings.surveys.low_score
        and one.at > tx.now - _LATELY
    ]
    open_recoveries(tx, lows, aim_of, settings)


def is_satisfaction(answer: NewAnswer) -> bool:
    return answer.question_key == SATISFACTION and answer.score is not None


_SCORES = Statement("""
SELECT f.identity_id, f.score, f.at, f.n, f.total FROM (
  SELECT a.identity_id, a.score, a.at,
    row_number() OVER (PARTITION BY a.identity_id ORDER BY a.at DESC, a.id DESC) AS place,
    count(*) OVER (PARTITION BY a.identity_id) AS n,
    sum(a.score) OVER (PARTITION BY a.identity_id) AS total
  FROM {rows} JOIN survey_answers a ON a.identity_id = {text 0}
  WHERE a.question_key = :question AND a.score IS NOT NULL
) f WHERE f.place <= :most ORDER BY f.identity_id, f.place
""")
_FORGET = Statement("""
DELETE FROM customer_satisfaction WHERE identity_id IN (SELECT {text 0} FROM {rows})
""")
_SUMS = (
    "identity_id",
    "n",
    "total",
    "mean_ppm",
    "last",
    "last_at",
    "zone",
    "trend",
    "recent",
)


def add_up_again(tx: Tx, identity_ids: Collection[str]) -> None:
    """Bring what these addresses' scores add up to up to date: three statements."""
    if not identity_ids:
        return
    sums = sums_of(tx, identity_ids)
    _FORGET(tx, [[identity_id] for identity_id in sorted(identity_ids)])
    insert_values(
        tx,
        customer_satisfaction,
        _SUMS,
        [
            (
                identity_id,
                one.n,
                one.total,
                one.mean_ppm,
                one.last,
                one.last_at,
                str(one.zone),
                int(one.trend),
                list(one.recent),
            )
            for identity_id, one in sorted(sums.items())
        ],
    )


def sums_of(tx: Tx, identity_ids: Collection[str]) -> dict[str, Sum]:
    """Return what the scores of each of these addresses add up to, read from the answers."""
    if not identity_ids:
        return {}
    newest: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    of: dict[str, tuple[int, int]] = {}
    rows = [[identity_id] for identity_id in sorted(set(identity_ids))]
    for row in _SCORES(tx, rows, question=SATISFACTION, most=RECENT):
        newest[row.identity_id].append((read_time(row.at), row.score))
        of[row.identity_id] = int(row.n), int(row.total)
    found = {id_: add_up(*of[id_], scores) for id_, scores in newest.items()}
    return {id_: one for id_, one in found.items() if one is not None}


_OWNERS = Statement("""
SELECT DISTINCT i.customer_id FROM {rows} JOIN customer_identities i ON i.id = {text 0}
""")


def tell_customers(tx: Tx, identity_ids: Collection[str]) -> None:
    """Whoever looks at these customers looks again, and so do the rules about them."""
    owners = [row.customer_id for row in _OWNERS(tx, [[one] for one in sorted(identity_ids)])]
    mark_dirty(tx, owners, "answer")
    for customer_id in sorted(owners):
        tx.hint("customer.changed", customer_id)
