"""Rows of plans: what is done with a customer, which steps are done; words as they were then."""

from sqlalchemy import Column, ForeignKey, Index, SmallInteger, String, Table, UniqueConstraint

from hub.customers.tables import customers
from hub.storage import UTCDateTime, metadata

# Made by the hub from the set-up: no reason for a customer to stay before somebody works on it.
customer_plans = Table(
    "customer_plans",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("plan_key", String(64), nullable=False),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("owner_role", String(12), nullable=False),  # model.OwnerRole
    Column("state", String(8), nullable=False),  # model.PlanState
    Column("every_days", SmallInteger, nullable=False),  # from one step to the next
    Column("made_at", UTCDateTime(), nullable=False),
    Column("next_step", String(64)),  # the first that is not done
    Column("next_step_at", UTCDateTime()),  # when it is due
    Column("told_at", UTCDateTime()),  # its owner heard that it is due
    Column("due_at", UTCDateTime(), nullable=False),  # all of it
    Column("escalated_at", UTCDateTime()),
    Column("done_at", UTCDateTime()),
    Column("worked_by", String(36)),  # the user who last ticked a step
    UniqueConstraint("customer_id", "plan_key"),
    info={"follows": "customer", "by_hand": "worked_by"},
)
_step_due = (
    (customer_plans.c.state == "open")
    & customer_plans.c.next_step_at.is_not(None)
    & customer_plans.c.told_at.is_(None)
)
_late = (customer_plans.c.state == "open") & customer_plans.c.escalated_at.is_(None)
Index(
    "ix_customer_plans_step",
    customer_plans.c.next_step_at,
    sqlite_where=_step_due,
    postgresql_where=_step_due,
)
Index("ix_customer_plans_due", customer_plans.c.due_at, sqlite_where=_late, postgresql_where=_late)

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("plan_id", String(36), ForeignKey(customer_plans.c.id), primary_key=True),
    Column("step", String(64), primary_key=True),
    Column("place", SmallInteger, nullable=False),
    Column("customer_id", String(36), ForeignKey(customers.c.id), nullable=False),
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("done_at", UTCDateTime()),
    Column("by", String(36)),  # the user who ticked it
    info={"follows": "customer"},  # what somebody did is known by `worked_by` of the plan
)
Index("ix_plan_steps_customer", plan_steps.c.customer_id)
