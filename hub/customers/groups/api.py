"""Routes of groups: made and counted by supervisors, seen by who sees their members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from sqlalchemy import select

from hub.accounts.model import actor_of
from hub.accounts.tables import users
from hub.core.errors import Forbidden, NotFound
from hub.customers.access import Scope, SeesMore
from hub.customers.rules.features import FeaturePart, sql_of
from hub.customers.rules.model import FIELDS, MAX_CHOICES, MAX_CONDITIONS, MAX_DEPTH, Kind
from hub.customers.settings import load_customer_settings
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Call,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    route,
)

from . import members, service
from .counting import Counted, RuleCounter
from .members import GroupMoveView, MemberView
from .service import PutGroup, RetireGroup
from .tables import customer_groups

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class GroupView(View, frozen=True):
    """`counting`: not everybody was looked at by this rule yet. `members`: whom one sees; `more`:
    at least so many.
    """

    id: str
    key: str
    zh: str
    en: str
    rule: dict[str, Any]
    owner_id: str
    owner_name: str | None
    version: int
    counting: bool
    members: int
    more: bool


class GroupBody(Body, frozen=True):
    """`version` 0: a new one. `owner_id` None: whoever makes it."""

    zh: Name
    en: Name
    rule: dict[str, Any]
    version: int = 0
    owner_id: Key | None = None


class RuleBody(Body, frozen=True):
    rule: dict[str, Any]


class GroupWord(View, frozen=True):
    id: str
    zh: str
    en: str


class RuleForm(View, frozen=True):
    """What a rule may ask: `fields` with what each holds, and how much of it.

    `may_change`: this user may make groups. `loyalty`: the steps of the set-up. `currency` is that
    of `revenue` and `profit`, which are in minor units.
    """

    fields: dict[str, Kind]
    loyalty: list[GroupWord]
    currency: str
    may_change: bool
    max_conditions: int = MAX_CONDITIONS
    max_depth: int = MAX_DEPTH
    max_choices: int = MAX_CHOICES


class GroupRoutes:
    """`parts`: what rules may ask of customers."""

    def __init__(self, store: Store, parts: Sequence[FeaturePart], sees_more: SeesMore) -> None:
        self._store = store
        self._sql = sql_of(parts)
        self._sees_more = sees_more
        self._counter = RuleCounter(store, self._sql, sees_more)

    @route("GET", "/api/v1/groups", access=Access.SUPERVISOR, summary="List customer groups")
    async def groups(self, principal: Principal) -> list[GroupView]:
        return await self._store.read(self._list, principal)

    @route(
        "GET",
        "/api/v1/groups/form",
        access=Access.SUPERVISOR,
        summary="What a rule about customers may ask, and whether I may make groups",
    )
    async def form(self, principal: Principal) -> RuleForm:
        return await self._store.read(self._form, principal)

    @route(
        "PUT",
        "/api/v1/groups/{key}",
        access=Access.SUPERVISOR,
        summary="Make a customer group, or change its rule: everybody is counted by it",
    )
    async def put(self, principal: Principal, key: Key, body: GroupBody) -> GroupView:
        await self._store.write(self._put, (principal, key, body))
        return await self._store.read(self._get, (principal, key))

    @route(
        "DELETE",
        "/api/v1/groups/{key}",
        access=Access.SUPERVISOR,
        summary="Retire a customer group: nobody is in it any more",
    )
    async def retire(self, principal: Principal, key: Key) -> None:
        await self._store.write(self._retire, (principal, key))

    @route(
        "POST",
        "/api/v1/groups/count",
        access=Access.SUPERVISOR,
        summary="For how many customers of mine a rule would hold; nothing is kept",
    )
    async def count(self, principal: Principal, call: Call, body: RuleBody) -> Counted:
        return await self._counter.count(principal, service.read_rule(body.rule), call.gone)

    @route(
        "GET",
        "/api/v1/groups/{key}/members",
        access=Access.SUPERVISOR,
        summary="Who is in a customer group, the newest first",
    )
    async def list_members(
        self, principal: Principal, key: Key, query: PageQuery
    ) -> Page[MemberView]:
        return await self._store.read(self._members, (principal, key, query))

    @route(
        "GET",
        "/api/v1/groups/{key}/moves",
        access=Access.SUPERVISOR,
        summary="Who entered a customer group and who left it, the newest first",
    )
    async def list_moves(
        self, principal: Principal, key: Key, query: PageQuery
    ) -> Page[GroupMoveView]:
        return await self._store.read(self._moves, (principal, key, query))

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _list(self, tx: Tx, principal: Principal, key: str = "") -> list[GroupView]:
        table = customer_groups.c
        found = (
            select(customer_groups, users.c.name.label("owner_name"))
            .outerjoin(users, users.c.id == table.owner_id)
            .where(table.retired_at.is_(None))
            .order_by(table.key)
        )
        rows = tx.execute(found.where(table.key == key) if key else found).all()
        counts = members.count_members(tx, self._scope(tx, principal), [row.id for row in rows])
        return [
            GroupView(
                id=row.id, key=row.key, zh=row.zh, en=row.en, rule=row.rule,
                owner_id=row.owner_id, owner_name=row.owner_name, version=row.version,
                counting=row.counted_to is not None,
                members=counts[row.id].number, more=counts[row.id].more,
            )
            for row in rows
        ]  # fmt: skip

    def _get(self, tx: Tx, asked: tuple[Principal, str]) -> GroupView:
        found = self._list(tx, *asked)
        if not found:
            raise NotFound("There is no such group.")
        return found[0]

    def _form(self, tx: Tx, principal: Principal) -> RuleForm:
        settings = load_customer_settings(tx)
        return RuleForm(
            fields={name: kind for name, kind in FIELDS.items() if name in self._sql},
            loyalty=[
                GroupWord(id=step.key, zh=step.zh, en=step.en)
                for step in settings.lifecycle.loyalty
            ],
            currency=settings.value.currency,
            may_change=self._scope(tx, principal).everything,
        )

    def _put(self, tx: Tx, asked: tuple[Principal, str, GroupBody]) -> None:
        principal, key, body = asked
        self._check_sees_all(tx, principal)
        owner_id = body.owner_id or principal.user_id
        command = PutGroup(
            actor_of(principal), key, body.zh, body.en, body.rule, owner_id, body.version
        )
        service.put_group(tx, command)

    def _retire(self, tx: Tx, asked: tuple[Principal, str]) -> None:
        principal, key = asked
        self._check_sees_all(tx, principal)
        service.retire_group(tx, RetireGroup(actor_of(principal), members.id_of(tx, key)))

    def _check_sees_all(self, tx: Tx, principal: Principal) -> None:
        if not self._scope(tx, principal).everything:
            raise Forbidden(
                "Groups are of the customers of every branch: ask the head office.",
                code="group.head_office",
            )

    def _members(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> Page[MemberView]:
        principal, key, query = asked
        return members.list_members(tx, self._scope(tx, principal), key, query)

    def _moves(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> Page[GroupMoveView]:
        principal, key, query = asked
        return members.list_group_moves(tx, self._scope(tx, principal), key, query)
