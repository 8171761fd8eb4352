"""Routes of what customers are worth: for supervisors. An objection is taken by anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.accounts.model import actor_of
from hub.core.errors import Forbidden, Invalid
from hub.customers.access import Scope, SeesMore, access_customer
from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import FIELDS
from hub.customers.settings import load_customer_settings
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from . import previewing, rule_sets
from .explaining import Explain, TierWhyView, explain_tier
from .lists import ListFound, ListRuns, list_found, list_runs
from .model import RfmName
from .moving import OpenComplaints
from .objections import DecideObjection, ListObjections, Object, get_objection, list_objections
from .report import MoveView, TierReport
from .rule_sets import LoadTiers, PutRules, RuleSet
from .rules import usual_document
from .views import (
    DecideBody,
    FoundQuery,
    FoundView,
    Objected,
    ObjectionBody,
    ObjectionView,
    PreviewBody,
    PreviewView,
    RulesBody,
    RuleSetView,
    RulesView,
    RunView,
    SampleView,
)


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Of a list by time."""

    at: datetime
    id: str


class FoundPosition(msgspec.Struct, frozen=True, array_like=True):
    profit: int
    id: str


class ValueRoutes:
    """`load_tiers`: the set-up's. `complaints`: who complains. `parts`: what rules may ask besides
    figures. `object_to_tier`, `decide_objection` also move what waits (hub.care).
    """

    def __init__(
        self,
        store: Store,
        *,
        load_tiers: LoadTiers,
        complaints: OpenComplaints,
        parts: Sequence[FeaturePart],
        object_to_tier: Callable[[Tx, Object], str],
        decide_objection: Callable[[Tx, DecideObjection], None],
        sees_more: SeesMore,
    ) -> None:
        self._store = store
        self._load_tiers = load_tiers
        self._complaints = complaints
        self._parts = parts
        self._object = object_to_tier
        self._decide = decide_objection
        self._sees_more = sees_more

    @route("GET", "/api/v1/tiers/runs", access=Access.SUPERVISOR, summary="Tier runs, newest first")
    async def runs(self, principal: Principal, query: PageQuery) -> Page[RunView]:
        position = decode_cursor(query.after, Position)
        after = (position.at, position.id) if position else None
        rows = await self._store.read(list_runs, ListRuns(query.limit, after))
        items = [
            RunView(id=row.id, at=row.at, report=msgspec.convert(row.report, TierReport))
            for row in rows
        ]
        return Page(items=items, after=_after(query, rows, lambda row: Position(row.at, row.id)))

    @route("GET", "/api/v1/tiers/rules", access=Access.SUPERVISOR, summary="Rules of the tiers")
    async def rules(self, principal: Principal) -> RulesView:
        return await self._store.read(self._rules, principal)

    @route("PUT", "/api/v1/tiers/rules", access=Access.SUPERVISOR, summary="Make new tier rules")
    async def put_rules(self, principal: Principal, body: RulesBody) -> RulesView:
        await self._store.write(self._put_rules, (principal, body))
        return await self._store.read(self._rules, principal)

    @route(
        "POST",
        "/api/v1/tiers/preview",
        access=Access.SUPERVISOR,
        summary="Who would move by other rules; nothing is changed",
    )
    async def preview(self, principal: Principal, body: PreviewBody) -> PreviewView:
        trial = await self._store.read(self._begin_trial, body)
        if trial is None:
            return PreviewView(ready=False)

        async def read(asked: tuple[previewing.Trial, str]) -> previewing.Counts:
            return await self._store.read(previewing.preview_page, asked)

        counts = await previewing.preview(read, trial)
        sample = await self._store.read(self._sample, (principal, counts.sample))
        return _preview_view(counts, sample)

    @route("GET", "/api/v1/tiers/found", access=Access.SUPERVISOR, summary="Who was found to be so")
    async def found(self, principal: Principal, query: FoundQuery) -> Page[FoundView]:
        rows = await self._store.read(self._found, (principal, query))
        items = [FoundView(segment=row.named_segment, last_order=row.last_at, **_same(row))
                 for row in rows]  # fmt: skip
        return Page(
            items=items,
            after=_after(query, rows, lambda row: FoundPosition(row.profit_minor, row.customer_id)),
        )

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/value",
        access=Access.SUPERVISOR,
        summary="What a customer is worth, and why they have their tier",
    )
    async def value(self, principal: Principal, customer_id: Key) -> TierWhyView:
        return await self._store.read(self._value, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/tier-objections",
        access=Access.AGENT,
        summary="The customer would not be judged by a rule: the usual tier, and a person looks",
        status=201,
    )
    async def object(self, principal: Principal, customer_id: Key, body: ObjectionBody) -> Objected:
        asked = (principal, customer_id, body)
        return Objected(id=await self._store.write(self._object_to_tier, asked))

    @route(
        "GET",
        "/api/v1/tier-objections",
        access=Access.SUPERVISOR,
        summary="Objections to look at, the oldest first",
    )
    async def objections(self, principal: Principal, query: PageQuery) -> Page[ObjectionView]:
        rows = await self._store.read(self._objections, (principal, query))
        names = ObjectionView.__struct_fields__
        items = [ObjectionView(**{name: row._mapping[name] for name in names}) for row in rows]
        return Page(
            items=items, after=_after(query, rows, lambda row: Position(row.objected_at, row.id))
        )

    @route(
        "POST",
        "/api/v1/tier-objections/{objection_id}/decide",
        access=Access.SUPERVISOR,
        summary="Close an objection after looking at it",
    )
    async def decide(self, principal: Principal, objection_id: Key, body: DecideBody) -> None:
        await self._store.write(self._decide_objection, (principal, objection_id, body))

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _rules(self, tx: Tx, principal: Principal) -> RulesView:
        tiers = self._load_tiers(tx)
        value = load_customer_settings(tx).value
        current = rule_sets.current_rule_set(tx, tiers)
        made = rule_sets.list_rule_sets(tx)
        return RulesView(
            in_force=_rule_set_view(current, current),
            versions=[_rule_set_view(one, current) for one in made],
            newest=max((one.version for one in made), default=0),
            usual=usual_document(tiers),
            tiers=list(tiers.order),
            default_tier=tiers.default,
            fields={name: kind.value for name, kind in FIELDS.items() if name != "tier"},
            window_days=value.window_days,
            margin=value.margin,
            currency=value.currency,
            may_change=self._scope(tx, principal).everything,
        )

    def _put_rules(self, tx: Tx, asked: tuple[Principal, RulesBody]) -> int:
        principal, body = asked
        if not self._scope(tx, principal).everything:
            raise Forbidden(
                "The rules are for the customers of every branch: ask the head office.",
                code="tiers.head_office",
            )
        command = PutRules(
            actor_of(principal), body.rules, body.after, body.note, body.effective_from
        )
        return rule_sets.put_rules(tx, command, self._load_tiers(tx))

    def _begin_trial(self, tx: Tx, body: PreviewBody) -> previewing.Trial | None:
        tiers = self._load_tiers(tx)
        rules = rule_sets.read_rules(body.rules, tiers)
        new = previewing.NewTrial(rules, tiers, self._complaints, self._parts)
        return previewing.begin_trial(tx, new)

    def _sample(
        self, tx: Tx, asked: tuple[Principal, Sequence[previewing.Mover]]
    ) -> list[tuple[previewing.Mover, str | None]]:
        principal, movers = asked
        return previewing.sample_of(tx, (self._scope(tx, principal), movers))

    def _found(self, tx: Tx, asked: tuple[Principal, FoundQuery]) -> list[Any]:
        principal, query = asked
        position = decode_cursor(query.after, FoundPosition)
        named = None
        if query.called:
            if query.called not in list(RfmName):
                raise Invalid(f"Nobody is called {query.called!r}.", field="called")
            named = RfmName(query.called)
        after = (position.profit, position.id) if position else None
        return list_found(tx, ListFound(self._scope(tx, principal), query.limit, named, after))

    def _value(self, tx: Tx, asked: tuple[Principal, str]) -> TierWhyView:
        principal, customer_id = asked
        access_customer(tx, self._scope(tx, principal), customer_id)
        tiers = self._load_tiers(tx)
        return explain_tier(tx, Explain(customer_id, tiers, self._complaints, self._parts))

    def _object_to_tier(self, tx: Tx, asked: tuple[Principal, str, ObjectionBody]) -> str:
        principal, customer_id, body = asked
        access_customer(tx, self._scope(tx, principal), customer_id)
        return self._object(tx, Object(actor_of(principal), customer_id, body.text))

    def _objections(self, tx: Tx, asked: tuple[Principal, PageQuery]) -> list[Any]:
        principal, query = asked
        position = decode_cursor(query.after, Position)
        after = (position.at, position.id) if position else None
        return list_objections(tx, ListObjections(self._scope(tx, principal), query.limit, after))

    def _decide_objection(self, tx: Tx, asked: tuple[Principal, str, DecideBody]) -> None:
        principal, objection_id, body = asked
        row = get_objection(tx, objection_id)
        access_customer(tx, self._scope(tx, principal), row.customer_id)
        command = DecideObjection(actor_of(principal), objection_id, body.upheld, body.note)
        self._decide(tx, command)


def _after(
    query: PageQuery, rows: Sequence[Any], position: Callable[[Any], msgspec.Struct]
) -> str | None:
    return encode_cursor(position(rows[-1])) if len(rows) == query.limit else None


def _same(row: Any) -> dict[str, Any]:
    names = set(FoundView.__struct_fields__) - {"segment", "last_order"}
    return {name: row._mapping[name] for name in names}


def _rule_set_view(one: RuleSet, current: RuleSet) -> RuleSetView:
    return RuleSetView(
        version=one.version,
        rules=one.document,
        effective_from=one.effective_from,
        made_by=one.made_by,
        made_at=one.made_at,
        note=one.note,
        in_force=one.version == current.version,
    )


def _preview_view(
    counts: previewing.Counts, sample: Sequence[tuple[previewing.Mover, str | None]]
) -> PreviewView:
    moves = [MoveView(before, after, n) for (before, after), n in sorted(counts.moves.items())]
    return PreviewView(
        ready=True,
        customers=counts.customers,
        tiers=dict(sorted(counts.tiers.items())),
        moves=moves,
        moved=sum(move.count for move in moves),
        stands=counts.stands,
        held_back=counts.held_back,
        sample=[
            SampleView(
                customer_id=one.customer_id,
                name=name,
                before=one.before,
                after=one.after,
                profit_minor=one.profit,
            )
            for one, name in sample
        ],
    )
