"""What happens when a deadline is about to pass, has passed, or has been passed for long.

The step itself is taken by `hub.routing.sla`; here it is told on the timeline and to people, and
its escalations are carried out. One transaction: a step is taken and all of it happens, or nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from hub.accounts.audit import audit_many
from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.contacts.heads import lock_heads
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import HubError
from hub.routing import service as routing
from hub.routing.sla.policies import OWNER, SUPERVISORS, Act, Escalation, StepName
from hub.routing.sla.service import Reached, reach_steps
from hub.storage import Tx

from .steering import MAX_MOVED, MoveWaiting, move_waiting
from .telling import By, Said, tell_each

_WAITING = (ContactState.QUEUED, ContactState.OFFERED)
# Who acts, as timelines name it: not the policy, whose name may tell a tier (knowledge.md).
_RULE = By(None, "SLA")
# Who hears of a step in any case; `notify` adds to them.
_TOLD = {
    StepName.WARNING: (OWNER,),
    StepName.BREACH: (OWNER, SUPERVISORS),
    StepName.LATE: (),
}


_NotDone = tuple[Row[Any], Said]


class _Order(NamedTuple):
    """One escalation of one contact that has reached its step."""

    row: Row[Any]
    what: Escalation


def fire_due_deadlines(tx: Tx, now: datetime, limit: int) -> int:
    """Take the steps that are due, tell of them and escalate; return how many deadlines.

    For the timekeeper: each step exactly once. What cannot be done (nobody there, no room, the
    contact is in somebody's hands) is said on the timeline instead.
    """
    reached = reach_steps(tx, now, limit)
    if not reached:
        return 0
    _tell(tx, reached)
    not_done = _act(
        tx, [_Order(one.contact, what) for one in reached for what in _escalations(one)]
    )
    heads = lock_heads(tx, [row.id for row, _ in not_done]) if not_done else {}
    tell_each(tx, not_done, heads, _RULE)
    return len(reached)


def _act(tx: Tx, orders: Iterable[_Order]) -> list[_NotDone]:
    """Carry out what changes contacts; return what was not possible, and what is said of it."""
    by_act: defaultdict[Act, list[_Order]] = defaultdict(list)
    in_hand: dict[str, Row[Any]] = {}
    for order in orders:
        if order.row.state in _WAITING or order.what.action is Act.NOTIFY:
            by_act[order.what.action].append(order)
        else:
            in_hand[order.row.id] = order.row
    _raise_priority(tx, by_act[Act.RAISE_PRIORITY])
    return [
        *((row, {"code": "sla_in_hand"}) for row in in_hand.values()),
        *_move(tx, by_act[Act.MOVE]),
        *_assign(tx, by_act[Act.ASSIGN]),
    ]


def _tell(tx: Tx, reached: Sequence[Reached]) -> None:
    """Write what was reached on the timelines and into the audit log, and let consoles tell it."""
    heads = lock_heads(tx, [one.contact.id for one in reached])
    names = [_named(one) for one in reached]
    said: list[tuple[Row[Any], Said]] = [
        (
            one.contact,
            {
                "code": f"sla_{name}_{one.deadline.kind}",
                "step": name.value,
                "deadline": one.deadline.id,
                "told": " ".join(_told(one, name)),
            },
        )
        for one, name in zip(reached, names, strict=True)
    ]
    entries = tell_each(tx, said, heads, _RULE)
    for entry_id in entries:
        tx.hint("deadline.reached", entry_id)
    for step in StepName:
        lines = {
            one.deadline.id: {
                "contact": one.contact.id,
                "deadline": one.deadline.kind.value,
                "policy": one.policy.key,
                "did": " ".join(
                    f"{what.action.value}:{what.to or what.priority}" for what in _escalations(one)
                ),
            }
            for one, name in zip(reached, names, strict=True)
            if name is step
        }
        audit_many(tx, SYSTEM, f"sla.{step.value}", "sla_deadline", lines)


def _named(one: Reached) -> StepName:
    """What is said of the steps reached at once: a breach needs no warning before it any more."""
    names = {step.name for step in one.steps}
    return StepName.BREACH if StepName.BREACH in names else one.steps[-1].name


def _escalations(one: Reached) -> Iterator[Escalation]:
    for step in one.steps:
        yield from step.escalations


def _told(one: Reached, name: StepName) -> list[str]:
    named = [what.to for what in _escalations(one) if what.action is Act.NOTIFY]
    return list(dict.fromkeys([*_TOLD[name], *named]))


def _raise_priority(tx: Tx, orders: Iterable[_Order]) -> None:
    """Let contacts go before others; a higher priority stays."""
    wanted: dict[str, _Order] = {}
    for order in sorted(orders, key=lambda one: one.what.priority):
        if order.what.priority > order.row.priority:
            wanted[order.row.id] = order
    if not wanted:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(priority=bindparam("b_priority"), version=contacts.c.version + 1),
        [{"b_id": id_, "b_priority": one.what.priority} for id_, one in sorted(wanted.items())],
    )
    said: list[tuple[Row[Any], Said]] = []
    for order in wanted.values():
        after = order.what.priority
        said.append((order.row, {"code": "priority", "before": order.row.priority, "after": after}))
        tx.hint("contact.queued", order.row.id)
        tx.hint("contact.changed", order.row.id)
    tell_each(tx, said, lock_heads(tx, list(wanted)), _RULE)


def _move(tx: Tx, orders: Sequence[_Order]) -> list[_NotDone]:
    """Move what waits to another queue; what it has waited stays."""
    groups: defaultdict[str, dict[str, Row[Any]]] = defaultdict(dict)
    for order in orders:
        if order.row.queue_id != order.what.to:
            groups[order.what.to][order.row.id] = order.row
    not_done: list[_NotDone] = []
    for queue_id, rows in groups.items():
        for ids in _portions(rows):
            cmd = MoveWaiting(ids, _RULE, queue_id=queue_id)
            not_done += _moved(tx, cmd, rows, {"code": "sla_no_move", "queue": queue_id})
    return not_done


def _assign(tx: Tx, orders: Sequence[_Order]) -> list[_NotDone]:
    """Hold what waits for one agent who is there and has room: they are offered it next."""
    people = _people(tx, {order.what.to for order in orders})
    groups: defaultdict[tuple[str, str], dict[str, Row[Any]]] = defaultdict(dict)
    for order in orders:
        groups[order.what.to, order.row.channel][order.row.id] = order.row
    not_done: list[_NotDone] = []
    for (email, channel), rows in groups.items():
        found = people.get(email)
        said: Said = {"code": "sla_no_assign", "agent": email if found is None else found.name}
        room = 0 if found is None else routing.room_for(tx, found.id, channel, len(rows))
        not_done += [(row, said) for row in list(rows.values())[room:]]
        if found is None:
            continue
        for ids in _portions(list(rows)[:room]):
            cmd = MoveWaiting(ids, _RULE, agent_id=found.id, agent_name=found.name)
            not_done += _moved(tx, cmd, rows, said)
    return not_done


def _moved(tx: Tx, cmd: MoveWaiting, rows: Mapping[str, Row[Any]], said: Said) -> list[_NotDone]:
    """Move; return what could not be, with what is said of it."""
    try:
        refused = move_waiting(tx, cmd).refused
    except HubError:  # nothing was written yet: the agent is away, the queue is no more
        return [(rows[id_], said) for id_ in cmd.contact_ids]
    return [(rows[id_], said) for id_ in refused]


def _portions(ids: Iterable[str]) -> Iterator[tuple[str, ...]]:
    every = tuple(ids)
    for start in range(0, len(every), MAX_MOVED):
        yield every[start : start + MAX_MOVED]


def _people(tx: Tx, emails: set[str]) -> dict[str, Row[Any]]:
    if not emails:
        return {}
    found = select(users.c.id, users.c.name, users.c.email).where(
        users.c.email.in_(sorted(emails)), users.c.disabled_at.is_(None)
    )
    return {row.email: row for row in tx.execute(found)}
