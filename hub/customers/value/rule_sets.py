"""Versions of the tier rules: which are in force, and how new ones are made. None is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, Fault, Invalid
from hub.storage import Tx

from .rules import TierRules, Tiers, check_rules, usual_document
from .tables import tier_rule_sets

LoadTiers = Callable[[Tx], Tiers]
"""The tiers of the set-up, which lies above customers."""
_MAX_NOTE = 500
_LISTED = 50


class StaleRules(Conflict):
    """Somebody else made rules meanwhile."""

    code = "tiers.stale_rules"


class BadRules(Invalid):
    """Rules that cannot be followed: the message names each fault and its place."""

    code = "tiers.bad_rules"


@dataclass(frozen=True, slots=True)
class PutRules:
    """`after`: the newest version the author has seen. `effective_from` None: at once."""

    actor: Actor
    document: object
    after: int
    note: str = ""
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Version 0 are the usual rules, which nobody made."""

    version: int
    document: dict[str, Any]
    effective_from: datetime | None
    made_by: str | None
    made_at: datetime | None
    note: str


def read_rules(raw: object, tiers: Tiers, version: int = 0) -> TierRules:
    """Return checked rules. Raises BadRules with everything that is wrong."""
    checked = check_rules(raw, tiers.order, version)
    if isinstance(checked, list):
        raise BadRules(
            f"These rules cannot be followed: {_told(checked)}",
            faults=checked,
        )
    return checked


def rules_in_force(tx: Tx, tiers: Tiers) -> TierRules:
    """Return the rules that hold now. Of a tier that the set-up no longer has they say nothing."""
    found = current_rule_set(tx, tiers)
    raw = found.document
    known = [one for one in raw.get("tiers", ()) if one.get("tier") in tiers.order]
    return read_rules({**raw, "tiers": known}, tiers, found.version)


def current_rule_set(tx: Tx, tiers: Tiers) -> RuleSet:
    """Return the version in force: the newest whose day has come, else the usual rules."""
    row = tx.execute(
        select(tier_rule_sets)
        .where(tier_rule_sets.c.effective_from <= tx.now)
        .order_by(tier_rule_sets.c.version.desc())
        .limit(1)
    ).first()
    return RuleSet(0, usual_document(tiers), None, None, None, "") if row is None else _set_of(row)


def list_rule_sets(tx: Tx) -> list[RuleSet]:
    """Return the newest versions that were made, newest first."""
    rows = tx.execute(
        select(tier_rule_sets).order_by(tier_rule_sets.c.version.desc()).limit(_LISTED)
    )
    return [_set_of(row) for row in rows]


def put_rules(tx: Tx, cmd: PutRules, tiers: Tiers) -> int:
    """Make a new version and return its number; the next run follows it.

    Raises BadRules, StaleRules when `cmd.after` is not the newest, Invalid for a day that is past.
    """
    read_rules(cmd.document, tiers)
    newest = tx.execute(select(func.max(tier_rule_sets.c.version))).scalar_one() or 0
    if newest != cmd.after:
        raise StaleRules(
            "Somebody else made rules meanwhile: look at them and try again.", version=newest
        )
    if cmd.effective_from is not None and cmd.effective_from < tx.now:
        raise Invalid(
            "The rules would hold from a day that is past.",
            code="tiers.past",
            field="effective_from",
        )
    tx.execute(
        insert(tier_rule_sets).values(
            version=newest + 1,
            effective_from=cmd.effective_from or tx.now,
            document=cmd.document,
            made_by=cmd.actor.id,
            made_at=tx.now,
            note=cmd.note.strip()[:_MAX_NOTE],
        )
    )
    audit(tx, cmd.actor, "tiers.rules", "tier_rules", str(newest + 1))
    tx.hint("tiers.rules", str(newest + 1))
    return newest + 1


def _set_of(row: Row[Any]) -> RuleSet:
    return RuleSet(
        row.version, row.document, row.effective_from, row.made_by, row.made_at, row.note
    )


def _told(faults: list[Fault]) -> str:
    return "; ".join(map(str, faults[:20]))
