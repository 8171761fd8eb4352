"""Use cases of phone lists: drafted, started, paused, gone on with, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM, Actor
from hub.campaigns.audience import check_customers, find_group, is_counted
from hub.campaigns.model import MOVES, WHOLE, Arm, State, Wrong, must_confirm
from hub.campaigns.service import MAX_LIST
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, Fault, Invalid
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.storage.bulk import insert_values

from . import guard
from .hours import Span
from .judging import CHANNEL
from .model import GAPS, MAX_GAP_S, MIN_GAP_S, Halt, PersonState
from .reads import count_meant, find_line, has_queue
from .rows import CHANGED
from .tables import phone_list_people, phone_lists

LONGEST = timedelta(days=366)
MAX_ARMS = 6


class StaleList(Conflict):
    """Somebody else changed it meanwhile."""

    code = "phone_list.stale"


@dataclass(frozen=True, slots=True)
class PutList:
    """A new list (`version` 0), or other values of a draft at that version. Whom: the group
    `group_key`, or these `customer_ids`. `scope`: whose customers the actor may call; `queues`: in
    which queues (None: in all). `columns`: what is kept as it is given.
    """

    actor: Actor
    scope: Scope
    key: str
    group_key: str | None
    customer_ids: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime
    gaps: Mapping[str, int]
    days: tuple[int, ...]
    arms: tuple[Arm, ...]
    columns: Mapping[str, Any]
    version: int = 0
    queues: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class StartList:
    """`version`: the one that was counted. `confirmed`: the number of people that they were told,
    above CONFIRM_ABOVE.
    """

    actor: Actor
    row: Row[Any]
    version: int
    confirmed: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeState:
    actor: Actor
    row: Row[Any]


def put_list(tx: Tx, cmd: PutList) -> str:
    """Make a draft or change it; return its id. Nobody is called.

    Raises Invalid with everything that is wrong, NotFound for a customer out of sight, Conflict for
    a list that is no draft any more, StaleList.
    """
    table = phone_lists.c
    row = tx.execute(select(phone_lists).where(table.key == cmd.key).with_for_update()).first()
    if (row.version if row else 0) != cmd.version or (row and not sees(cmd.scope, row)):
        raise StaleList("There is such a list, or somebody else changed it: load it again.")
    if row is not None and row.state != State.DRAFT:
        raise Conflict("A list that was started is not changed any more.", code="phone_list.begun")
    wrong = _faults(tx, cmd)
    group_id = find_group(tx, cmd.group_key, wrong)
    if wrong:
        faults = [Fault(one.path, one.text) for one in wrong]
        raise Invalid("The list cannot be used like this.", code="phone_list.wrong", faults=faults)
    values = {
        **cmd.columns,
        "group_id": group_id,
        "starts_at": cmd.starts_at or tx.now,
        "ends_at": cmd.ends_at,
        "gaps": dict(cmd.gaps),
        "days": sorted(set(cmd.days)),
        "arms": [{"key": arm.key, "share": arm.share, "holdout": arm.holdout} for arm in cmd.arms],
    }
    list_id = new_id() if row is None else str(row.id)
    if row is None:
        branches = None if cmd.scope.everything else sorted(cmd.scope.branches)
        made = {"id": list_id, "key": cmd.key, "made_at": tx.now, "version": 1}
        fixed = {"state": State.DRAFT, "branches": branches, "made_by": cmd.actor.id or ""}
        tx.execute(insert(phone_lists).values(**made, **fixed, **values))
    else:
        changed = {**values, "version": row.version + 1}
        tx.execute(update(phone_lists).where(table.id == list_id).values(**changed))
    _put_people(tx, list_id, cmd)
    audit(tx, cmd.actor, "phone_list.put", "phone_list", list_id, {"key": cmd.key})
    tx.hint(CHANGED, list_id)
    return list_id


def sees(scope: Scope, row: Row[Any]) -> bool:
    """Say whether somebody may see a list: all its customers are of their branches."""
    if scope.everything:
        return True
    return row.branches is not None and set(row.branches) <= scope.branches


def _faults(tx: Tx, cmd: PutList) -> list[Wrong]:
    wrong = _faults_of_arms(cmd.arms)
    begins = max(cmd.starts_at or tx.now, tx.now)
    if not begins < cmd.ends_at <= begins + LONGEST:
        wrong.append(Wrong("ends_at", "It ends after it begins, within a year."))
    if bool(cmd.group_key) == bool(cmd.customer_ids):
        wrong.append(Wrong("group_key", "Say whom: a group, or a list of customers."))
    if len(cmd.customer_ids) > MAX_LIST:
        wrong.append(Wrong("customer_ids", f"At most {MAX_LIST}: make a group of them."))
    span = Span(
        cmd.days,
        time.fromisoformat(cmd.columns["window_from"]),
        time.fromisoformat(cmd.columns["window_until"]),
    )
    if not span.begins < span.ends:
        wrong.append(Wrong("window_until", "The hours end after they begin."))
    unknown = sorted(set(cmd.gaps) - {str(one) for one in GAPS})
    wrong += [Wrong(f"gaps.{key}", "There is no such result that is tried again.")
              for key in unknown]  # fmt: skip
    if any(not MIN_GAP_S <= gap <= MAX_GAP_S for gap in cmd.gaps.values()):
        wrong.append(Wrong("gaps", f"{MIN_GAP_S} to {MAX_GAP_S} seconds."))
    if not 0 <= cmd.columns["abandon_permille"] <= guard.MOST_PERMILLE:
        wrong.append(Wrong("abandon_permille", f"0 to {guard.MOST_PERMILLE} of a thousand."))
    return wrong + _faults_of_line(tx, cmd)


def _faults_of_arms(arms: tuple[Arm, ...]) -> list[Wrong]:
    wrong = []
    if not 1 <= len(arms) <= MAX_ARMS:
        wrong.append(Wrong("arms", f"A list has 1 to {MAX_ARMS} arms."))
    if len({arm.key for arm in arms}) != len(arms):
        wrong.append(Wrong("arms", "Two arms have the same key."))
    if sum(arm.share for arm in arms) != WHOLE or any(arm.share < 1 for arm in arms):
        wrong.append(Wrong("arms", f"The shares are 1 or more and add up to {WHOLE}."))
    if sum(arm.holdout for arm in arms) > 1 or all(arm.holdout for arm in arms):
        wrong.append(Wrong("arms", "At most one arm is the hold-out, and one at least is called."))
    return wrong


def _faults_of_line(tx: Tx, cmd: PutList) -> list[Wrong]:
    line, queue_id = cmd.columns["entry_point_id"], cmd.columns["queue_id"]
    found = select(entry_points.c.channel).where(entry_points.c.id == line, ~entry_points.c.retired)
    wrong = []
    if tx.execute(found).scalar_one_or_none() != CHANNEL:
        wrong.append(Wrong("entry_point_id", f"There is no phone line {line}."))
    queue = load_settings(tx).queues.get(queue_id)
    hidden = cmd.queues is not None and queue_id not in cmd.queues
    if hidden or queue is None or CHANNEL not in queue.target_s:
        wrong.append(Wrong("queue_id", f"There is no queue {queue_id} with targets for calls."))
    return wrong


_LISTED = ("list_id", "customer_id", "arm", "state", "agreed", "failed", "tried")


def _put_people(tx: Tx, list_id: str, cmd: PutList) -> None:
    tx.execute(delete(phone_list_people).where(phone_list_people.c.list_id == list_id))
    ids = set(cmd.customer_ids)
    if not ids:
        return
    check_customers(tx, cmd.scope, ids)
    state = PersonState.LISTED.value
    rows: list[tuple[object, ...]] = [
        (list_id, id_, "", state, False, 0, {}) for id_ in sorted(ids)
    ]
    insert_values(tx, phone_list_people, _LISTED, rows)


# ---- its states ---------------------------------------------------------------------------------


def start_list(tx: Tx, cmd: StartList) -> None:
    """Let a list be called, from its time on. Raises StaleList for another version than the one
    that was counted, Conflict where it may not, or has to be confirmed: then `people` says how
    many it means.
    """
    row = cmd.row
    _check_move(row, State.RUNNING)
    if row.state != State.DRAFT:
        raise Conflict("The list was started before.", code="phone_list.begun")
    if cmd.version != row.version:
        raise StaleList("Somebody else changed it since it was counted: count it again.")
    if row.ends_at <= tx.now:
        raise Conflict("Its time is over: give it another end.", code="phone_list.over")
    _check_line(tx, row)
    if not is_counted(tx, row.group_id):
        raise Conflict(
            "Its group is still being counted, or is gone.", code="phone_list.group_counting"
        )
    people = count_meant(tx, row)
    if not people:
        raise Conflict("It would reach nobody.", code="phone_list.nobody")
    if must_confirm(people, cmd.confirmed):
        raise Conflict(
            f"It means {people} people: confirm that number.",
            code="phone_list.confirm",
            people=people,
        )
    said = {} if cmd.confirmed is None else {"confirmed": cmd.confirmed}
    begun = {"started_at": tx.now, "filled_to": "", "next_at": tx.now}
    _move(tx, cmd.actor, row, State.RUNNING, {"people": people, **said}, **begun)


def pause_list(tx: Tx, cmd: ChangeState) -> None:
    """Nobody more is called until it is gone on with; the timer takes those out of the queue who
    wait there.
    """
    _move(tx, cmd.actor, cmd.row, State.PAUSED, {}, next_at=tx.now)


def resume_list(tx: Tx, cmd: ChangeState) -> None:
    """Go on where it was paused."""
    if cmd.row.state != State.PAUSED:
        raise Conflict("Only a paused list is gone on with.", code="phone_list.state")
    _check_line(tx, cmd.row)
    _move(tx, cmd.actor, cmd.row, State.RUNNING, {}, next_at=tx.now, paused_why=None)


def halt_list(tx: Tx, row: Row[Any], why: Halt) -> None:
    """Pause a list that cannot go on by itself."""
    _move(tx, SYSTEM, row, State.PAUSED, {"why": str(why)}, next_at=tx.now, paused_why=why)


def go_on(tx: Tx, row: Row[Any], actor: Actor) -> None:
    """Run a list that was done: what an agent has corrected means to call somebody again."""
    tx.execute(
        update(phone_lists)
        .where(phone_lists.c.id == row.id)
        .values(state=State.RUNNING, version=row.version + 1, next_at=tx.now, finished_at=None)
    )
    audit(tx, actor, "phone_list.running", "phone_list", row.id, {"key": row.key})
    tx.hint(CHANGED, row.id)


def stop_list(tx: Tx, cmd: ChangeState) -> None:
    """End it for good: who was not called yet never is. Their rows get the reason by its timer."""
    over = {"finished_at": tx.now, "filled_to": None, "paused_why": None}
    _move(tx, cmd.actor, cmd.row, State.STOPPED, {}, next_at=tx.now, **over)


def delete_list(tx: Tx, cmd: ChangeState) -> None:
    """Forget a draft. Raises Conflict for a list that was started."""
    row = cmd.row
    if row.state != State.DRAFT:
        raise Conflict("What was started is kept, with its results.", code="phone_list.begun")
    tx.execute(delete(phone_list_people).where(phone_list_people.c.list_id == row.id))
    tx.execute(delete(phone_lists).where(phone_lists.c.id == row.id))
    audit(tx, cmd.actor, "phone_list.delete", "phone_list", row.id, {"key": row.key})
    tx.hint(CHANGED, row.id)


def _check_move(row: Row[Any], to: State) -> None:
    if to not in MOVES[State(row.state)]:
        raise Conflict(f"A list that is {row.state} cannot be {to}.", code="phone_list.state")


def _check_line(tx: Tx, row: Row[Any]) -> None:
    if find_line(tx, row) is None:
        raise Conflict("The line that calls for it is gone.", code="phone_list.sender_gone")
    if not has_queue(tx, row):
        raise Conflict("Its queue is gone.", code="phone_list.queue_gone")


def _move(
    tx: Tx, actor: Actor, row: Row[Any], to: State, detail: Mapping[str, int | str], **columns: Any
) -> None:
    _check_move(row, to)
    tx.execute(
        update(phone_lists)
        .where(phone_lists.c.id == row.id)
        .values(state=to, version=row.version + 1, **columns)
    )
    audit(tx, actor, f"phone_list.{to}", "phone_list", row.id, {"key": row.key, **detail})
    tx.hint(CHANGED, row.id)
