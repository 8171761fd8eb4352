"""Who is told of a new customer or of a plan's step, and what: whose job it is, who steers them."""

from __future__ import annotations

from sqlalchemy import select

from hub.customers.allocation.reads import get_lead
from hub.customers.plans.model import OwnerRole
from hub.customers.plans.service import get_plan
from hub.customers.settings import load_customer_settings
from hub.customers.tables import customers
from hub.storage import Tx

from .above import supervisors_of, supervisors_of_teams
from .commitment_news import CommitmentNews as News

LEAD_TOPICS = (
    "lead.given",
    "lead.reminder",
    "lead.escalated",
    "lead.recalled",
    "lead.stuck",
    "lead.nobody",
)
PLAN_TOPICS = ("plan.step_due", "plan.overdue")


def lead_news(tx: Tx, asked: tuple[str, str]) -> list[News]:
    """Return what (topic, allocation id) means to whom. Raises NotFound."""
    topic, allocation_id = asked
    row = get_lead(tx, allocation_id)
    name = row.customer_name or "?"
    doer = {row.to_id} - {None}
    named = f"{row.to_name}: {name}" if row.to_name else name

    def news(user_ids: set[str], code: str, detail: str) -> News:
        return News(user_ids, code, None, row.customer_id, detail)

    match topic:
        case "lead.given":
            return [news(doer, "lead_given", name)]
        case "lead.reminder":
            return [news(doer, "lead_reminder", name)]
        case "lead.escalated":
            above = _above(tx, row.to_id) - doer
            return [news(doer, "lead_due", name), news(above, "lead_escalated", named)]
        case "lead.recalled":
            return [news(doer, "lead_recalled", name)]
        case "lead.stuck":
            return [news(_above(tx, row.to_id), "lead_stuck", named)]
        case _:
            return [news(_above(tx, row.to_id), "lead_nobody", name)]


def plan_news(tx: Tx, asked: tuple[str, str]) -> list[News]:
    """Return what (topic, plan id) means to whom. Raises NotFound."""
    topic, plan_id = asked
    plan, steps = get_plan(tx, plan_id)
    customer = tx.execute(
        select(customers.c.id, customers.c.name, customers.c.owner_id, customers.c.branch_id).where(
            customers.c.id == plan.today_id
        )
    ).one()
    owner = {customer.owner_id} - {None}
    above = (
        supervisors_of(tx, customer.owner_id)
        if customer.owner_id
        else supervisors_of_teams(tx, {customer.branch_id} - {None})
    )
    doers = owner if plan.owner_role == OwnerRole.OWNER and owner else above
    step = next((one for one in steps if one.step == plan.next_step), None)
    words = (
        f"{customer.name or '?'}: {step.zh if step else plan.zh} / {step.en if step else plan.en}"
    )

    def news(user_ids: set[str], code: str) -> News:
        return News(user_ids, code, None, customer.id, words)

    if topic == "plan.step_due":
        return [news(doers, "plan_step_due")]
    return [news(doers, "plan_overdue"), news(above - doers, "plan_escalated")]


def _above(tx: Tx, user_id: str | None) -> set[str]:
    """Who steers them; where there is nobody yet, who steers the teams that rules name."""
    if user_id is not None:
        return supervisors_of(tx, user_id)
    rules = load_customer_settings(tx).allocation.rules
    return supervisors_of_teams(tx, {rule.team for rule in rules if rule.team})
