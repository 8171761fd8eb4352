"""Words of the business's own systems. Pure."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """What is `cancelled` is worth nothing, and so is what came back whole: `returned`, with an
    amount of 0 or more. `returned` with an amount below 0 takes that back from the revenue.
    """

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class CaseKind(StrEnum):
    DEFECT = "defect"
    REPAIR = "repair"


class CaseState(StrEnum):
    """`done` and `cancelled` are final; the others are answers to "where is it?"."""

    REPORTED = "reported"
    RECEIVED = "received"  # it is with us
    WAITING = "waiting"  # for parts, for the customer's word
    REPAIRING = "repairing"
    READY = "ready"  # to be fetched or sent back
    SENT = "sent"
    DONE = "done"
    CANCELLED = "cancelled"


FINISHED_CASES = frozenset({CaseState.DONE, CaseState.CANCELLED})


def is_revenue(state: str, amount_minor: int) -> bool:
    """Whether an order counts in what a customer bought: see OrderState."""
    if state == OrderState.RETURNED:
        return amount_minor < 0
    return state != OrderState.CANCELLED
