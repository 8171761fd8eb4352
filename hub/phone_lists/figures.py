"""What the attempts of lists add up to, kept as they change: by hour for the guard, by arm and
result for the report. So neither has to read all attempts.

Whatever changes an attempt's row hands both states of it to `note`, in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from hub.contacts.model import FINAL
from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.storage.bulk import Cell, Statement, tx_time

from .model import RULES, AnsweredBy
from .tables import phone_list_attempts

NOT_HUMAN = frozenset({AnsweredBy.MACHINE, AnsweredBy.FAX})
TALKED = tuple(sorted(result for result, rule in RULES.items() if rule.human))
MOST = 200  # talks that are added up in one turn of a list
_LONGEST_MS = 2**31 - 1  # a hub that was off for a month ends a talk late: the column holds 24 days

Known = Mapping[str, Any]


class Change(NamedTuple):
    """An attempt's columns as they were (None: there was no such row), and as they are."""

    before: Known | None
    after: Known | None


def answered(known: Known) -> bool:
    """Say whether a person counts as having answered: as docs/phone-lists.md says."""
    if known["abandoned"]:
        return True
    who = known.get("answered_by")
    if known.get("answered_at") is None or who in NOT_HUMAN:
        return False
    return who == AnsweredBy.HUMAN or known.get("result") in TALKED


def hour_of(at: datetime) -> datetime:
    """Return the hour (UTC) a moment is in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def note(tx: Tx, changes: Sequence[Change]) -> None:
    """Add to the figures what has changed. Two statements, or fewer."""
    hours: defaultdict[tuple[str, datetime], list[int]] = defaultdict(lambda: [0] * 2)
    arms: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for change in changes:
        for known, sign in ((change.before, -1), (change.after, 1)):
            if known is None:
                continue
            list_id = str(known["list_id"])
            _add(hours[list_id, hour_of(known["dialled_at"])], _of_hour(known), sign)
            key = (list_id, str(known["arm"]), known.get("result") or "")
            _add(arms[key], _of_arm(known), sign)
    by_hour: list[Sequence[Cell]] = [
        (list_id, tx_time(tx, hour), *more)
        for (list_id, hour), more in sorted(hours.items())
        if any(more)
    ]
    by_arm: list[Sequence[Cell]] = [
        (*key, *more) for key, more in sorted(arms.items()) if any(more)
    ]
    if by_hour:
        _HOURS(tx, by_hour)
    if by_arm:
        _ARMS(tx, by_arm)


def _add(to: list[int], more: tuple[int, ...], sign: int) -> None:
    for place, value in enumerate(more):
        to[place] += sign * value


def _of_hour(known: Known) -> tuple[int, ...]:
    return int(answered(known)), int(known["abandoned"])


def _of_arm(known: Known) -> tuple[int, ...]:
    heard = known.get("answered_at") is not None
    machine = heard and known.get("answered_by") in NOT_HUMAN
    return 1, int(heard), int(machine), int(known["abandoned"]), known.get("talked_ms") or 0


_HOURS = Statement("""
INSERT INTO phone_list_hours (list_id, hour, answered, abandoned)
SELECT {text 0}, {time 1}, {integer 2}, {integer 3} FROM {rows} WHERE 1 = 1
ON CONFLICT (list_id, hour) DO UPDATE SET
answered = phone_list_hours.answered + excluded.answered,
abandoned = phone_list_hours.abandoned + excluded.abandoned
""")
_ARMS = Statement("""
INSERT INTO phone_list_figures
(list_id, arm, result, dialled, heard, machines, abandoned, talked_ms)
SELECT {text 0}, {text 1}, {text 2}, {integer 3}, {integer 4}, {integer 5}, {integer 6}, {integer 7}
FROM {rows} WHERE 1 = 1
ON CONFLICT (list_id, arm, result) DO UPDATE SET
dialled = phone_list_figures.dialled + excluded.dialled,
heard = phone_list_figures.heard + excluded.heard,
machines = phone_list_figures.machines + excluded.machines,
abandoned = phone_list_figures.abandoned + excluded.abandoned,
talked_ms = phone_list_figures.talked_ms + excluded.talked_ms
""")


# ---- how long agents talked ---------------------------------------------------------------------

_TALK = """
SELECT {what}, {length} AS talked_ms
FROM phone_list_attempts a JOIN segments s ON s.contact_id = a.contact_id
WHERE {which} AND a.joined_at IS NOT NULL
AND s.kind IN ('handling', 'hold') AND s.ended_at IS NOT NULL
GROUP BY {what}
"""
_LENGTH = {
    "sqlite": "SUM(s.ended_at - s.started_at) / 1000",
    "postgresql": "CAST(SUM(EXTRACT(EPOCH FROM s.ended_at - s.started_at) * 1000) AS bigint)",
}


def _talk(what: str, which: str) -> dict[str, Statement]:
    text = _TALK.replace("{what}", what).replace("{which}", which)
    return {name: Statement(text.replace("{length}", way)) for name, way in _LENGTH.items()}


_OF_EACH = _talk("a.contact_id", "a.contact_id IN (SELECT {text 0} FROM {rows})")
_GOING_ON = _talk("a.arm", "a.list_id = :list AND a.talked_ms IS NULL")


def talks_under_way(tx: Tx, list_id: str) -> dict[str, int]:
    """Return, by arm, the milliseconds of talks that are not in the figures yet."""
    return {row.arm: int(row.talked_ms) for row in _GOING_ON[tx.dialect](tx, [], list=list_id)}


def add_talks(tx: Tx, list_id: str) -> None:
    """Add the talks of a list that are over to the figures, at most MOST. One read for none."""
    attempt = phone_list_attempts.c
    over = tx.execute(
        select(phone_list_attempts)
        .join(contacts, contacts.c.id == attempt.contact_id)
        .where(attempt.list_id == list_id, attempt.joined_at.is_not(None))
        .where(attempt.talked_ms.is_(None), contacts.c.state.in_(sorted(FINAL)))
        .limit(MOST)
        .with_for_update(of=phone_list_attempts)
    ).all()
    if not over:
        return
    rows = _OF_EACH[tx.dialect](tx, [(one.contact_id,) for one in over])
    known = {row.contact_id: min(int(row.talked_ms), _LONGEST_MS) for row in rows}
    lengths = {one.contact_id: known.get(one.contact_id, 0) for one in over}
    _KEEP(tx, list(lengths.items()))
    note(
        tx,
        [
            Change(one._asdict(), {**one._asdict(), "talked_ms": lengths[one.contact_id]})
            for one in over
        ],
    )


_KEEP = Statement("""
UPDATE phone_list_attempts SET talked_ms = j2.talked_ms
FROM (SELECT {text 0} AS contact_id, {integer 1} AS talked_ms FROM {rows}) AS j2
WHERE phone_list_attempts.contact_id = j2.contact_id
""")
