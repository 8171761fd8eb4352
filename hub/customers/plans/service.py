"""Use cases of plans: begun once, ticked step by step, told of when due and when late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, select, union_all, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.customers.reads import same_customer_ids
from hub.customers.rules.model import Features, check_rule
from hub.customers.settings import PlanTemplate, load_customer_settings
from hub.customers.tables import customers
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, insert_values, update_values

from .model import NextStep, OwnerRole, PlanState, Step, Template, next_step, wanted
from .tables import customer_plans, plan_steps

_PLAN = ("id", "customer_id", "plan_key", "zh", "en", "owner_role", "state", "every_days",
         "made_at", "next_step", "next_step_at", "due_at")  # fmt: skip
_STEP = ("plan_id", "step", "place", "customer_id", "zh", "en")
_THERE = Statement("""
SELECT {text 0} AS customer_id, p.plan_key FROM {rows}
JOIN customers c ON c.id = {text 0} OR c.merged_into_id = {text 0}
JOIN customer_plans p ON p.customer_id = c.id
""")
_ARCHIVED = Statement("""
SELECT c.id FROM {rows} JOIN customers c ON c.id = {text 0} WHERE c.archived_at IS NOT NULL
""")


class PlanClosed(Conflict):
    """Nothing is done about this plan any more."""

    code = "plan.closed"


@dataclass(frozen=True, slots=True)
class TickStep:
    """`done` False: it was ticked by mistake."""

    actor: Actor
    customer_id: str
    plan_id: str
    step: str
    done: bool


def keep_plans(tx: Tx, features: Mapping[str, Features], now: datetime) -> int:
    """Begin the plans of these customers' classes, each once; return how many began.

    None of who is archived, or was erased.

    A fixed number of statements, however many there are; none where the set-up has no plans.
    """
    templates = _templates(load_customer_settings(tx).plans)
    if not templates or not features:
        return 0
    archived = {row.id for row in _ARCHIVED(tx, [[one] for one in features])}
    features = {id_: one for id_, one in features.items() if id_ not in archived}
    there = {(row.customer_id, row.plan_key) for row in _THERE(tx, [[one] for one in features])}
    begun = [(new_id(), *one) for one in wanted(templates, features, there, now)]
    insert_values(tx, customer_plans, _PLAN, [_row(tx, *one) for one in begun])
    insert_values(
        tx,
        plan_steps,
        _STEP,
        [
            (plan_id, step.key, place, customer_id, step.zh, step.en)
            for plan_id, customer_id, template in begun
            for place, step in enumerate(template.steps)
        ],
    )
    for customer_id in sorted({customer_id for _, customer_id, _ in begun}):
        tx.hint("customer.changed", customer_id)
    return len(begun)


def tick_step(tx: Tx, cmd: TickStep) -> None:
    """Tick a step, or take that back; the next one is due from now on. The same again is nothing.

    Raises NotFound, PlanClosed.
    """
    table = customer_plans.c
    plan = tx.execute(
        select(customer_plans)
        .where(
            table.id == cmd.plan_id,
            table.customer_id.in_(same_customer_ids(tx, cmd.customer_id)),
        )
        .with_for_update()
    ).first()
    steps = {} if plan is None else {row.step: row for row in _steps(tx, [plan.id])[plan.id]}
    if plan is None or cmd.step not in steps:
        raise NotFound("There is no such step of a plan.")
    if plan.state == PlanState.ENDED:
        raise PlanClosed("Nothing is done about this plan any more.")
    if (steps[cmd.step].done_at is not None) == cmd.done:
        return
    tx.execute(
        update(plan_steps)
        .where(plan_steps.c.plan_id == plan.id, plan_steps.c.step == cmd.step)
        .values(done_at=tx.now if cmd.done else None, by=cmd.actor.id if cmd.done else None)
    )
    done = {key for key, row in steps.items() if row.done_at is not None} ^ {cmd.step}
    following = next_step(tuple(steps), done, tx.now, timedelta(days=plan.every_days))
    tx.execute(
        update(customer_plans).where(table.id == plan.id).values(_after(tx, cmd, plan, following))
    )
    action = "plan.tick" if cmd.done else "plan.untick"
    audit(tx, cmd.actor, action, "customer", cmd.customer_id, {"step": cmd.step})
    tx.hint("customer.changed", cmd.customer_id)


def _after(tx: Tx, cmd: TickStep, plan: Row[Any], following: NextStep) -> dict[str, Any]:
    """Nothing is told of again while the step that is next stays the same."""
    values: dict[str, Any] = {"worked_by": cmd.actor.id}
    if following.step is None:
        return values | {"state": PlanState.DONE, "done_at": tx.now, "next_step": None,
                         "next_step_at": None}  # fmt: skip
    values |= {"state": PlanState.OPEN, "done_at": None}
    if following.step != plan.next_step:
        values |= {"next_step": following.step, "next_step_at": following.at, "told_at": None}
    return values


def _due() -> Look:
    table = customer_plans.c
    open_ = table.state == "open"
    step_due = (open_, table.next_step_at.is_not(None), table.told_at.is_(None))
    late = (open_, table.escalated_at.is_(None))
    asked = []
    for at, where in ((table.next_step_at, step_due), (table.due_at, late)):
        first = select(table.id).where(*where, at <= NOW).order_by(at).limit(LIMIT).subquery()
        asked.append(select(first.c.id))
    return Look(select(union_all(*asked).subquery().c.id))


_DUE = _due()  # by two small indexes


def fire_due_plans(tx: Tx, now: datetime, limit: int) -> int:
    """Tell whose job it is that a step is due, and who steers them that a plan is late; each once.
    Of who is archived nothing is told any more: their plans end.

    A fixed number of statements, however many there are (timekeeper).
    """
    ids = sorted(set(_DUE.ids(tx, now, limit)))
    if not ids:
        return 0
    table = customer_plans.c
    record, today = customers.alias("record"), customers.alias("today")
    rows = tx.execute(
        select(customer_plans, today.c.archived_at)
        .join(record, record.c.id == table.customer_id)
        .join(today, today.c.id == func.coalesce(record.c.merged_into_id, record.c.id))
        .where(table.id.in_(ids), table.state == "open")
        .order_by(table.id)
        .with_for_update(skip_locked=True, of=customer_plans)
    ).all()
    ended = [[row.id, PlanState.ENDED.value] for row in rows if row.archived_at is not None]
    update_values(tx, customer_plans, ("id", "state"), ended)
    marks = []
    for row in rows:
        if row.archived_at is not None:
            continue
        step = row.told_at is None and row.next_step_at is not None and row.next_step_at <= now
        over = row.escalated_at is None and row.due_at <= now
        if step or over:
            told, escalated = now if step else row.told_at, now if over else row.escalated_at
            marks.append([row.id, told, escalated])
            tx.hint("plan.overdue" if over else "plan.step_due", row.id)
    update_values(tx, customer_plans, ("id", "told_at", "escalated_at"), marks)
    return len(marks) + len(ended)


def plans_of(tx: Tx, customer_id: str) -> list[tuple[Row[Any], Sequence[Row[Any]]]]:
    """Return the plans of a customer and of what became one with them, with their steps in order:
    open ones first, the newest first.
    """
    table = customer_plans.c
    rows = tx.execute(
        select(customer_plans)
        .where(table.customer_id.in_(same_customer_ids(tx, customer_id)))
        .order_by(case((table.state == PlanState.OPEN, 0), else_=1), table.made_at.desc(), table.id)
    ).all()
    steps = _steps(tx, [row.id for row in rows])
    return [(row, steps[row.id]) for row in rows]


def get_plan(tx: Tx, plan_id: str) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """Return a plan, whose it is today (`today_id`), and its steps. Raises NotFound."""
    today = func.coalesce(customers.c.merged_into_id, customers.c.id).label("today_id")
    row = tx.execute(
        select(customer_plans, today)
        .join(customers, customers.c.id == customer_plans.c.customer_id)
        .where(customer_plans.c.id == plan_id)
    ).first()
    if row is None:
        raise NotFound("There is no such plan.")
    return row, _steps(tx, [plan_id])[plan_id]


def _steps(tx: Tx, plan_ids: Sequence[str]) -> dict[str, list[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    if plan_ids:
        rows = tx.execute(
            select(plan_steps, users.c.name.label("by_name"))
            .outerjoin(users, users.c.id == plan_steps.c.by)
            .where(plan_steps.c.plan_id.in_(plan_ids))
            .order_by(plan_steps.c.place)
        )
        for row in rows:
            found[row.plan_id].append(row)
    return found


def _templates(plans: Sequence[PlanTemplate]) -> list[Template]:
    """Leave out a rule on a field that is there no longer: it holds for nobody."""
    found = []
    for plan in plans:
        when = None if plan.when is None else check_rule(plan.when)
        if not isinstance(when, list):
            found.append(
                Template(
                    plan.key, plan.zh, plan.en, when,
                    tuple(Step(step.key, step.zh, step.en) for step in plan.steps),
                    timedelta(days=plan.every_days), timedelta(days=plan.within_days),
                    OwnerRole(plan.owner),
                )
            )  # fmt: skip
    return found


def _row(tx: Tx, plan_id: str, customer_id: str, template: Template) -> tuple[Any, ...]:
    first = next_step([step.key for step in template.steps], (), tx.now, template.every)
    return (
        plan_id, customer_id, template.key, template.zh, template.en, template.owner.value,
        PlanState.OPEN.value, template.every.days, tx.now, first.step, first.at,
        tx.now + template.within,
    )  # fmt: skip
