"""The jobs of tiers: the run, and why a customer has theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.care.value_run import OPEN_COMPLAINTS, RunTiers, load_tiers, run_tiers
from hub.contacts.complaints.service import OPEN_COMPLAINT
from hub.contacts.home import home_region
from hub.core.errors import Invalid
from hub.customers.business.features import ORDERS
from hub.customers.rules.features import RECORD, FeaturePart
from hub.customers.value.explaining import (
    Explain,
    TierWhyView,
    explain_tier,
    resolve_customer,
)
from hub.customers.value.report import TierReport
from hub.routing.settings import load_settings
from hub.storage import Store, Tx

PARTS: tuple[FeaturePart, ...] = (RECORD, ORDERS, OPEN_COMPLAINT)
"""What tier rules may ask besides the figures of the run."""

_MAX_DAYS = 3650
_FIRST_YEAR, _LAST_YEAR = 1980, 2200


class RunOrder(Struct, frozen=True):
    """`at`: a day ("2026-06-30") or a moment ("2026-06-30T18:00:00+08:00"); "": today.

    A moment without a zone is in that of the set-up. `window_days` 0: as the set-up says.
    `dry_run`: only say who would move.
    """

    at: str = ""
    window_days: int = 0
    dry_run: bool = False


class ExplainOrder(Struct, frozen=True):
    """`customer`: an id, an external id, an e-mail address or a number."""

    customer: str


async def run_job(
    store: Store, asked: RunOrder, tell: Callable[[int, int], Awaitable[None]]
) -> TierReport:
    """Value every customer and move who has another tier now. Raises Invalid, TierRunGoesOn."""
    if not 0 <= asked.window_days <= _MAX_DAYS:
        raise Invalid(f"The window has 1 to {_MAX_DAYS} days.", field="window")
    zone = await store.read(_zone, None)
    order = RunTiers(
        at=read_at(asked.at, zone),
        window_days=asked.window_days or None,
        parts=PARTS,
        dry_run=asked.dry_run,
    )
    return await run_tiers(store, order, tell)


async def explain_job(store: Store, asked: ExplainOrder) -> TierWhyView:
    """Return why a customer has their tier. Raises NotFound, Conflict."""
    return await store.read(_explain, asked.customer)


def read_at(typed: str, zone: str) -> date | datetime | None:
    """Return the day or the moment that is meant; None for today. Raises Invalid."""
    if not typed:
        return None
    try:
        is_day = len(typed) == len("2026-06-30")
        at = date.fromisoformat(typed) if is_day else datetime.fromisoformat(typed)
    except ValueError:
        raise Invalid(
            f"{typed[:40]!r} is no day: write it as 2026-06-30, or a moment as "
            "2026-06-30T18:00:00+08:00.",
            field="at",
        ) from None
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise Invalid(f"Choose a day of {_FIRST_YEAR} to {_LAST_YEAR}.", field="at")
    if isinstance(at, datetime) and at.tzinfo is None:
        return at.replace(tzinfo=ZoneInfo(zone))
    return at


def _zone(tx: Tx, _: None) -> str:
    return load_settings(tx).zone


def _region(tx: Tx) -> str | None:
    try:
        return home_region(tx)
    except Invalid:  # no set-up yet: ids and external ids need none
        return None


def _explain(tx: Tx, typed: str) -> TierWhyView:
    customer_id = resolve_customer(tx, typed.strip(), _region(tx))
    return explain_tier(tx, Explain(customer_id, load_tiers(tx), OPEN_COMPLAINTS, PARTS))
