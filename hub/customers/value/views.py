"""What supervisors are told of values, and what they may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.customers.changes import MAX_TEXT
from hub.web import Body, Key, PageQuery, View

from .model import RfmName
from .report import MoveView, TierReport

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class RunView(View, frozen=True):
    id: str
    at: datetime
    report: TierReport


class RuleSetView(View, frozen=True):
    """One version; 0 are the usual rules, which nobody made."""

    version: int
    rules: dict[str, Any]
    effective_from: datetime | None
    made_by: str | None
    made_at: datetime | None
    note: str
    in_force: bool


class RulesView(View, frozen=True):
    """`usual`: what to begin with. `tiers`: those of the set-up, best first; `fields`: what rules
    may ask, by kind. `window_days`, `margin` (of an order without a cost, 0-1) and `currency` are
    the set-up's: what the figures are counted by. `may_change`: this user may make rules.
    """

    in_force: RuleSetView
    versions: list[RuleSetView]
    newest: int
    usual: dict[str, Any]
    tiers: list[str]
    default_tier: str
    fields: dict[str, str]
    window_days: int
    margin: float
    currency: str
    may_change: bool


class RulesBody(Body, frozen=True):
    """`after`: the newest version you have seen. `effective_from`: left out, at once."""

    rules: dict[str, Any]
    after: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    effective_from: datetime | None = None


class PreviewBody(Body, frozen=True):
    rules: dict[str, Any]


class SampleView(View, frozen=True):
    customer_id: str
    name: str | None
    before: str
    after: str
    profit_minor: int


class PreviewView(View, frozen=True):
    """`ready` false: no run was made yet, so there are no figures to try rules on.

    `stands`: who keeps a tier that was set by hand, imported, or objected about; `held_back`: by an
    open complaint. `sample`: those of the largest profit.
    """

    ready: bool
    customers: int = 0
    tiers: dict[str, int] = msgspec.field(default_factory=dict)
    moves: list[MoveView] = msgspec.field(default_factory=list)
    moved: int = 0
    stands: int = 0
    held_back: int = 0
    sample: list[SampleView] = msgspec.field(default_factory=list)


class ObjectionBody(Body, frozen=True):
    """What the customer says, in their words."""

    text: Text


class DecideBody(Body, frozen=True):
    """`upheld`: no rule gives them a tier any more; else the rules count again."""

    upheld: bool
    note: Text


class ObjectionView(View, frozen=True):
    id: str
    customer_id: str
    name: str | None
    tier: str
    tier_before: str
    objected_at: datetime
    text: str


class FoundQuery(PageQuery, frozen=True):
    """`called`: the name of an RFM segment; left out: who makes a loss."""

    called: Annotated[str, msgspec.Meta(max_length=20)] = ""


class FoundView(View, frozen=True):
    customer_id: str
    name: str | None
    tier: str
    revenue_minor: int
    cost_minor: int
    profit_minor: int
    orders: int
    rank: int | None
    segment: RfmName
    last_order: datetime


class Objected(View, frozen=True):
    id: Key
