"""What a customer is promised follows their tier: a new one, one that ends, an organisation's."""

from __future__ import annotations

from datetime import datetime

from hub.core.errors import Invalid
from hub.customers import facts, service
from hub.customers.facts import SetRole
from hub.customers.service import ChangeCustomer, SetTier
from hub.customers.value import objections
from hub.customers.value.objections import DecideObjection, Object
from hub.routing.retier import retier
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Tx


def change_tier(tx: Tx, cmd: SetTier) -> None:
    """Give a customer a tier, and what waits for them its targets. Raises NotFound, Invalid."""
    known = load_settings(tx).tiers
    if known and cmd.tier not in known:
        raise Invalid(
            f"There is no tier {cmd.tier!r}; the set-up has {', '.join(known)}.", field="tier"
        )
    service.set_tier(tx, cmd)
    retier(tx, [cmd.customer_id])


def fire_due_tiers(tx: Tx, now: datetime, limit: int) -> int:
    """End tiers that were given for a time (timekeeper); return how many."""
    ended = service.expire_tiers(tx, now, limit, tier_of_new_customers, objections.counts_now)
    if ended:
        retier(tx, ended)
    return len(ended)


def object_to_tier(tx: Tx, cmd: Object) -> str:
    """A customer would not be judged by a rule: the usual tier at once; return the objection."""
    objection_id = objections.object_to_tier(tx, cmd, tier_of_new_customers(tx))
    retier(tx, [cmd.customer_id])
    return objection_id


def decide_objection(tx: Tx, cmd: DecideObjection) -> None:
    """A person has looked at an objection; dismissed, the rules count again."""
    retier(tx, [objections.decide_objection(tx, cmd, tier_of_new_customers(tx))])


def set_role(tx: Tx, cmd: SetRole) -> None:
    """Say what a person is in an organisation; its tier counts for them from now on."""
    facts.set_role(tx, cmd)
    retier(tx, [cmd.person_id])


def change_customer(tx: Tx, cmd: ChangeCustomer) -> None:
    """Change name, kind, language or owner; an organisation has its own tier only."""
    service.change_customer(tx, cmd)
    if cmd.kind is not None:
        retier(tx, [cmd.customer_id])
