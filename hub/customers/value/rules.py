"""Tier rules as data: which tier a customer's figures give them, and what holds a move back. Pure.

A rule gives `tier` to whom `when` holds for, in the language of hub/customers/rules; the first that
holds counts, and who none holds for has the default tier. `keep` is asked instead of who has that
tier by rule already: the two apart are the hysteresis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from hub.core.errors import Fault
from hub.customers.model import TierSource
from hub.customers.rules.model import Features, Rule, check_rule, fields_of, matches

from .model import WHOLE, Shares

MAX_RULES = 20
USUAL_TIERS = ("gold", "potential_gold", "standard", "low")
"""The tiers of the sample set-up: where none is in force yet."""

_NOT_IN_RULES = frozenset({"tier"})  # who has a tier because they have it: a run would not settle
_KEYS = frozenset({"tiers", "best_share", "tail_share", "short_history"})


class ShortHistory(StrEnum):
    """What a rule may make of who bought first within the window: too little is known of them."""

    NOT_LOWER = "not_lower"  # a better tier than the default one, never a lower
    DEFAULT = "default"  # neither


class Why(StrEnum):
    """Why a customer has the tier that a run gave, or kept."""

    RULE = "rule"
    KEPT = "kept"  # by the rule's `keep`
    NO_RULE = "no_rule"
    SHORT_HISTORY = "short_history"
    MANUAL = "manual"
    OBJECTION = "objection"
    IMPORTED = "imported"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class TierRule:
    tier: str
    when: Rule
    keep: Rule | None = None


@dataclass(frozen=True, slots=True)
class TierRules:
    """The rules of one version. `version` 0: the usual ones, nobody has changed them."""

    rules: tuple[TierRule, ...]
    shares: Shares = field(default_factory=Shares)
    short_history: ShortHistory = ShortHistory.NOT_LOWER
    version: int = 0

    def fields(self) -> frozenset[str]:
        """Return every field of customers that these rules ask for."""
        asked = [rule for one in self.rules for rule in (one.when, one.keep) if rule is not None]
        return frozenset().union(*(fields_of(rule) for rule in asked))


class Before(NamedTuple):
    """What a customer has: their own tier and its source; `computed` by the run before, if any."""

    tier: str
    source: str
    computed: str | None


class Decision(NamedTuple):
    """`tier` is what should count, `computed` what the rules alone say; `rule` is the number (from
    1) of the one that said it, 0 for none.
    """

    tier: str
    computed: str
    rule: int
    why: Why


@dataclass(frozen=True, slots=True)
class Tiers:
    """The set-up's tiers, best first, and the usual one."""

    order: tuple[str, ...]
    default: str

    def is_lower(self, tier: str, than: str) -> bool:
        """One that the set-up does not know is as the usual one."""
        return self._place(tier) > self._place(than)

    def _place(self, tier: str) -> int:
        return self.order.index(tier if tier in self.order else self.default)


def tiers_of(order: Sequence[str], default: str) -> Tiers:
    """Return the tiers of a set-up, the usual four where there is none yet."""
    known = tuple(order) or USUAL_TIERS
    return Tiers(known if default in known else (*known, default), default)


def tier_of(
    features: Features, rules: TierRules, tiers: Tiers, before: Before, now: datetime
) -> Decision:
    """Decide about one customer. Deciding again with what was decided changes nothing.

    A complaint that is open holds a lower tier back too: whoever writes asks for that.
    """
    computed, number, why = _computed(features, rules, tiers, before, now)
    if before.source in _STANDS:
        return Decision(before.tier, computed, number, _STANDS[TierSource(before.source)])
    is_a_guess = before.source == TierSource.IMPORTED and not features.full_window
    if is_a_guess and not tiers.is_lower(before.tier, computed):
        return Decision(before.tier, computed, number, Why.IMPORTED)
    return Decision(computed, computed, number, why)


def _computed(
    features: Features, rules: TierRules, tiers: Tiers, before: Before, now: datetime
) -> tuple[str, int, Why]:
    held_back = 0
    for number, rule in enumerate(rules.rules, start=1):
        if rule.tier not in tiers.order:
            continue
        if matches(rule.when, features, now):
            why = Why.RULE
        elif before.computed == rule.tier and rule.keep and matches(rule.keep, features, now):
            why = Why.KEPT
        else:
            continue
        if features.full_window or _may_have(rule.tier, rules, tiers):
            return rule.tier, number, why
        held_back = held_back or number
    return tiers.default, held_back, Why.SHORT_HISTORY if held_back else Why.NO_RULE


def _may_have(tier: str, rules: TierRules, tiers: Tiers) -> bool:
    """Whether somebody of whom too little is known may have a tier by rule."""
    if tier == tiers.default:
        return True
    return rules.short_history is ShortHistory.NOT_LOWER and not tiers.is_lower(tier, tiers.default)


def check_rules(raw: object, tiers: Sequence[str], version: int = 0) -> TierRules | list[Fault]:
    """Return the rules a JSON value says, or everything that is wrong with it. Never raises."""
    if not isinstance(raw, Mapping):
        return [Fault("", "give the rules as an object with `tiers`", "tiers.shape")]
    faults = [_no_key("", key) for key in raw if key not in _KEYS]
    listed = raw.get("tiers")
    rules: list[TierRule] = []
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        faults.append(Fault("tiers", "list the rules, the best tier first", "tiers.list"))
    elif len(listed) > MAX_RULES:
        told = f"there are at most {MAX_RULES} rules"
        faults.append(Fault("tiers", told, "tiers.many", {"most": str(MAX_RULES)}))
    else:
        for number, one in enumerate(listed):
            read = _check_one(one, f"tiers[{number}]", tiers)
            if isinstance(read, TierRule):
                rules.append(read)
            else:
                faults += read
    shares = Shares(
        best=_check_share(raw, "best_share", Shares().best, faults),
        tail=_check_share(raw, "tail_share", Shares().tail, faults),
    )
    if shares.best + shares.tail > WHOLE:
        told = "the best and the tail are more than everybody"
        faults.append(Fault("tail_share", told, "tiers.more_than_all"))
    short = raw.get("short_history", ShortHistory.NOT_LOWER.value)
    if short not in list(ShortHistory):
        faults.append(_one_of("short_history", ShortHistory))
        short = ShortHistory.NOT_LOWER
    return faults or TierRules(tuple(rules), shares, ShortHistory(short), version)


def _check_one(raw: object, path: str, tiers: Sequence[str]) -> TierRule | list[Fault]:
    if not isinstance(raw, Mapping):
        return [Fault(path, "give tier, when and, if you like, keep", "tiers.rule_shape")]
    faults = [_no_key(f"{path}.", key) for key in raw if key not in ("tier", "when", "keep")]
    tier = raw.get("tier")
    if not isinstance(tier, str) or tier not in tiers:
        faults.append(_one_of(f"{path}.tier", tiers))
        tier = ""
    when = _check_condition(raw.get("when"), f"{path}.when", faults)
    keep = None
    if raw.get("keep") is not None:
        keep = _check_condition(raw["keep"], f"{path}.keep", faults)
    return faults if faults or when is None else TierRule(tier, when, keep)


def _check_condition(raw: object, path: str, faults: list[Fault]) -> Rule | None:
    rule = check_rule(raw)
    if isinstance(rule, list):
        faults += [one._replace(path=f"{path}{one.path.removeprefix('rule')}") for one in rule]
        return None
    for name in sorted(fields_of(rule) & _NOT_IN_RULES):
        told = f"a tier cannot be given by {name}: use `keep` instead"
        faults.append(Fault(path, told, "tiers.not_by", {"field": name}))
    return rule


def _no_key(before: str, key: object) -> Fault:
    return Fault(f"{before}{str(key)[:80]}", "there is no such key", "tiers.no_key")


def _one_of(path: str, known: Iterable[str]) -> Fault:
    listed = ", ".join(known)
    return Fault(path, f"say one of {listed}", "tiers.one_of", {"known": listed})


def _check_share(raw: Mapping[Any, Any], key: str, usual: int, faults: list[Fault]) -> int:
    share = raw.get(key, usual / WHOLE)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        faults.append(Fault(key, "give a share between 0 and 1", "tiers.share"))
        return usual
    return round(share * WHOLE)


def usual_document(tiers: Tiers) -> dict[str, Any]:
    """Return the rules of a hub where nobody has made any, for the tiers of its set-up.

    The best tier is for the best that make 80 %, the one above the usual for who is on the way
    there, the last for the tail that has been with us for a whole window. Loss alone lowers nobody,
    nor does it keep anybody low.
    """
    place = tiers.order.index(tiers.default)
    above, below = tiers.order[:place], tiers.order[place + 1 :]
    rules: list[dict[str, Any]] = []
    if above:
        earns = {"field": "profit", "at_least": 1}
        rules.append(
            {
                "tier": above[0],
                "when": {"all": [{"field": "best", "is": True}, earns]},
                "keep": {"all": [{"field": "share_above", "below": 0.85}, earns]},
            }
        )
    if len(above) > 1:
        rules.append(
            {
                "tier": above[-1],
                "when": {"field": "rising", "is": True},
                "keep": {
                    "all": [
                        {"field": "trend", "at_least": 0},
                        {"field": "orders", "at_least": 2},
                        {"field": "share_above", "below": 0.95},
                    ]
                },
            }
        )
    if below:
        rules.append(
            {
                "tier": below[-1],
                "when": {
                    "all": [
                        {"field": "tail", "is": True},
                        {"field": "full_window", "is": True},
                    ]
                },
                "keep": {
                    "all": [
                        {"field": "share_above", "at_least": 0.985},
                        {"field": "loss_making", "is": False},
                        {"field": "full_window", "is": True},
                    ]
                },
            }
        )
    return {
        "tiers": rules,
        "best_share": Shares().best / WHOLE,
        "tail_share": Shares().tail / WHOLE,
        "short_history": ShortHistory.NOT_LOWER.value,
    }


_STANDS: Mapping[TierSource, Why] = {
    TierSource.MANUAL: Why.MANUAL,
    TierSource.OBJECTION: Why.OBJECTION,
}
"""What no rule overrules."""
