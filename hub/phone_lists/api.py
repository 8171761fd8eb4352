"""Routes of phone lists: supervisors make them for customers they see, and read what came of it.

A list of other branches does not exist for who does not see all of its customers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.accounts.model import actor_of
from hub.accounts.tables import users
from hub.campaigns.model import CONFIRM_ABOVE, Arm, State
from hub.campaigns.views import ShareView
from hub.contacts.access import VisibleQueues
from hub.core.errors import NotFound
from hub.customers.access import Scope, SeesMore
from hub.customers.groups.tables import customer_groups
from hub.customers.imports.csv_file import quoted
from hub.customers.tables import customers
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, PageQuery, Principal, decode_cursor, encode_cursor, route
from hub.web.calls import TextAnswer

from . import flight, guard, reads, report, service, views
from .model import Mode, PersonState
from .opening import asks_first
from .service import ChangeState, PutList, StartList
from .tables import phone_list_people, phone_lists


class _Newest(msgspec.Struct, frozen=True, array_like=True):
    made_at: datetime
    id: str


class _After(msgspec.Struct, frozen=True, array_like=True):
    customer_id: str


_ACTS: dict[str, Callable[[Tx, ChangeState], None]] = {
    "pause": service.pause_list,
    "resume": service.resume_list,
    "stop": service.stop_list,
}
_Act = Literal["pause", "resume", "stop"]
_KEPT = (
    "zh",
    "en",
    "purpose",
    "mode",
    "entry_point_id",
    "queue_id",
    "material",
    "window_from",
    "window_until",
    "attempts",
    "preview_s",
    "abandon_permille",
    "detects_machines",
    "script_zh",
    "script_en",
)


class PhoneListRoutes:
    """`sees_more`: what else a user sees, beside the customers of their branches. `visible`: the
    queues that a user may let a list be called in.
    """

    def __init__(self, store: Store, sees_more: SeesMore, visible: VisibleQueues) -> None:
        self._store = store
        self._sees_more = sees_more
        self._visible = visible

    @route("GET", "/api/v1/phone-lists", access=Access.SUPERVISOR, summary="List phone lists")
    async def lists(self, principal: Principal, query: PageQuery) -> Page[views.PhoneListLine]:
        return await self._store.read(self._list, (principal, query))

    @route("GET", "/api/v1/phone-lists/{key}", access=Access.SUPERVISOR, summary="One phone list")
    async def show(self, principal: Principal, key: Key) -> views.PhoneListView:
        return await self._store.read(self._one, (principal, key))

    @route(
        "PUT",
        "/api/v1/phone-lists/{key}",
        access=Access.SUPERVISOR,
        summary="Draft a phone list, or change the draft: nobody is called",
    )
    async def put(
        self, principal: Principal, key: Key, body: views.PhoneListBody
    ) -> views.PhoneListView:
        return await self._store.write(self._put, (principal, key, body))

    @route(
        "DELETE",
        "/api/v1/phone-lists/{key}",
        access=Access.SUPERVISOR,
        summary="Forget the draft of a phone list",
    )
    async def delete(self, principal: Principal, key: Key) -> None:
        await self._store.write(self._delete, (principal, key))

    @route(
        "POST",
        "/api/v1/phone-lists/{key}/count",
        access=Access.SUPERVISOR,
        summary="Whom a phone list would reach if it was called now, and who not and why",
    )
    async def count(self, principal: Principal, key: Key) -> views.PhoneListCounts:
        return await self._store.read(self._count, (principal, key))

    @route(
        "POST",
        "/api/v1/phone-lists/{key}/start",
        access=Access.SUPERVISOR,
        summary="Let a phone list be called",
    )
    async def start(
        self, principal: Principal, key: Key, body: views.StartListBody
    ) -> views.PhoneListView:
        await self._store.write(self._start, (principal, key, body))
        return await self._store.read(self._one, (principal, key))

    @route(
        "POST",
        "/api/v1/phone-lists/{key}/pause",
        access=Access.SUPERVISOR,
        summary="Call nobody more of a phone list for now",
    )
    async def pause(self, principal: Principal, key: Key) -> views.PhoneListView:
        return await self._acted(principal, key, "pause")

    @route(
        "POST",
        "/api/v1/phone-lists/{key}/resume",
        access=Access.SUPERVISOR,
        summary="Go on with a phone list that was paused",
    )
    async def resume(self, principal: Principal, key: Key) -> views.PhoneListView:
        return await self._acted(principal, key, "resume")

    @route(
        "POST",
        "/api/v1/phone-lists/{key}/stop",
        access=Access.SUPERVISOR,
        summary="End a phone list for good",
    )
    async def stop(self, principal: Principal, key: Key) -> views.PhoneListView:
        return await self._acted(principal, key, "stop")

    @route(
        "GET",
        "/api/v1/phone-lists/{key}/people",
        access=Access.SUPERVISOR,
        summary="The people of a phone list, each with the result or the reason",
    )
    async def people(
        self, principal: Principal, key: Key, query: views.ListPeopleQuery
    ) -> Page[views.PhoneListPerson]:
        return await self._store.read(self._people, (principal, key, query))

    @route(
        "GET",
        "/api/v1/phone-lists/{key}/report",
        access=Access.SUPERVISOR,
        summary="What came of a phone list, by arm",
    )
    async def report(self, principal: Principal, key: Key) -> views.PhoneListReport:
        return await self._store.read(self._report, (principal, key))

    @route(
        "GET",
        "/api/v1/phone-lists/{key}/report.csv",
        access=Access.SUPERVISOR,
        summary="What came of a phone list, as a table",
    )
    async def table(self, principal: Principal, key: Key) -> TextAnswer:
        return TextAnswer(await self._store.read(self._table, (principal, key)), "text/csv")

    # ---- in a transaction ----------------------------------------------------------------------

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _get(self, tx: Tx, principal: Principal, key: str, *, for_change: bool = False) -> Row[Any]:
        row = reads.get_list(tx, key, for_change=for_change)
        if not service.sees(self._scope(tx, principal), row):
            raise NotFound("There is no such list.")
        return row

    def _list(self, tx: Tx, asked: tuple[Principal, PageQuery]) -> Page[views.PhoneListLine]:
        principal, query = asked
        scope = self._scope(tx, principal)
        table = phone_lists.c
        found = select(phone_lists).order_by(table.made_at.desc(), table.id.desc())
        position = decode_cursor(query.after, _Newest)
        if position is not None:
            before = and_(table.made_at == position.made_at, table.id < position.id)
            found = found.where(or_(table.made_at < position.made_at, before))
        rows = tx.execute(found.limit(query.limit + 1)).all()
        shown = [row for row in rows[: query.limit] if service.sees(scope, row)]
        last = rows[query.limit - 1] if len(rows) > query.limit else None
        after = encode_cursor(_Newest(last.made_at, last.id)) if last is not None else None
        return Page(items=_lines(tx, shown), after=after)

    def _one(self, tx: Tx, asked: tuple[Principal, str]) -> views.PhoneListView:
        principal, key = asked
        return _view(tx, self._get(tx, principal, key))

    def _put(
        self, tx: Tx, asked: tuple[Principal, str, views.PhoneListBody]
    ) -> views.PhoneListView:
        principal, key, body = asked
        command = PutList(
            actor=actor_of(principal),
            scope=self._scope(tx, principal),
            key=key,
            group_key=body.group_key,
            customer_ids=tuple(body.customer_ids),
            starts_at=body.starts_at,
            ends_at=body.ends_at,
            gaps=body.gaps,
            days=tuple(body.days),
            arms=tuple(Arm(arm.key, arm.share, arm.holdout, {}) for arm in body.arms),
            columns={name: getattr(body, name) for name in _KEPT},
            version=body.version,
            queues=self._visible(tx, principal),
        )
        service.put_list(tx, command)
        return _view(tx, self._get(tx, principal, key))

    def _delete(self, tx: Tx, asked: tuple[Principal, str]) -> None:
        principal, key = asked
        row = self._get(tx, principal, key, for_change=True)
        service.delete_list(tx, ChangeState(actor_of(principal), row))

    def _count(self, tx: Tx, asked: tuple[Principal, str]) -> views.PhoneListCounts:
        principal, key = asked
        counts = reads.count_reach(tx, self._get(tx, principal, key))
        return views.PhoneListCounts(**counts._asdict(), confirm=counts.people > CONFIRM_ABOVE)

    def _start(self, tx: Tx, asked: tuple[Principal, str, views.StartListBody]) -> None:
        principal, key, body = asked
        row = self._get(tx, principal, key, for_change=True)
        command = StartList(actor_of(principal), row, body.version, body.confirmed)
        service.start_list(tx, command)

    async def _acted(self, principal: Principal, key: str, act: _Act) -> views.PhoneListView:
        """Do it, and read what came of it after the commit: counting many people takes a while."""
        await self._store.write(self._act, (principal, key, act))
        return await self._store.read(self._one, (principal, key))

    def _act(self, tx: Tx, asked: tuple[Principal, str, _Act]) -> None:
        principal, key, act = asked
        row = self._get(tx, principal, key, for_change=True)
        _ACTS[act](tx, ChangeState(actor_of(principal), row))

    def _people(
        self, tx: Tx, asked: tuple[Principal, str, views.ListPeopleQuery]
    ) -> Page[views.PhoneListPerson]:
        principal, key, query = asked
        row = self._get(tx, principal, key)
        person = phone_list_people.c
        found = (
            select(phone_list_people, customers.c.name)
            .join(customers, customers.c.id == person.customer_id)
            .where(person.list_id == row.id, self._scope(tx, principal).customers())
            .order_by(person.customer_id)
            .limit(query.limit + 1)
        )
        if query.state:
            found = found.where(person.state == query.state)
        position = decode_cursor(query.after, _After)
        if position is not None:
            found = found.where(person.customer_id > position.customer_id)
        rows = tx.execute(found).all()
        shown = rows[: query.limit]
        more = len(rows) > query.limit
        after = encode_cursor(_After(shown[-1].customer_id)) if more else None
        return Page(items=[_person(one) for one in shown], after=after)

    def _report(self, tx: Tx, asked: tuple[Principal, str]) -> views.PhoneListReport:
        principal, key = asked
        found = report.report_of(tx, self._get(tx, principal, key))
        return views.PhoneListReport(
            arms=[_arm_report(arm) for arm in found.arms],
            total=_arm_report(found.total),
            suppressed=found.suppressed,
            abandonment=_abandonment(found.abandonment),
        )

    def _table(self, tx: Tx, asked: tuple[Principal, str]) -> str:
        principal, key = asked
        lines = report.as_rows(report.report_of(tx, self._get(tx, principal, key)))
        return "".join(",".join(quoted(cell) for cell in line) + "\r\n" for line in lines)


def _lines(tx: Tx, rows: Sequence[Row[Any]]) -> list[views.PhoneListLine]:
    if not rows:
        return []
    people = reads.counted_people(tx, [row.id for row in rows])
    makers = select(users.c.id, users.c.name).where(users.c.id.in_({row.made_by for row in rows}))
    names = {row.id: row.name for row in tx.execute(makers)}
    return [
        views.PhoneListLine(
            key=row.key,
            zh=row.zh,
            en=row.en,
            purpose=row.purpose,
            mode=row.mode,
            state=row.state,
            queue_id=row.queue_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            made_by_name=names.get(row.made_by),
            people=people.get(row.id, {}),
            version=row.version,
        )
        for row in rows
    ]


def _view(tx: Tx, row: Row[Any]) -> views.PhoneListView:
    group = select(customer_groups.c.key).where(customer_groups.c.id == row.group_id)
    person = phone_list_people.c
    listed = select(person.customer_id).where(
        person.list_id == row.id, person.state == PersonState.LISTED
    )
    [line] = _lines(tx, [row])
    running = row.state == State.RUNNING and row.mode == Mode.PROGRESSIVE
    return views.PhoneListView(
        line=line,
        entry_point_id=row.entry_point_id,
        group_key=tx.execute(group).scalar_one_or_none(),
        customer_ids=sorted(tx.execute(listed).scalars()),
        material=row.material,
        window_from=row.window_from,
        window_until=row.window_until,
        days=row.days,
        attempts=row.attempts,
        gaps=row.gaps,
        preview_s=row.preview_s,
        abandon_permille=row.abandon_permille,
        detects_machines=row.detects_machines,
        script_zh=row.script_zh,
        script_en=row.script_en,
        arms=[views.ListArm(arm.key, arm.share, arm.holdout) for arm in reads.arms_of(row)],
        filling=row.filled_to is not None,
        paused_why=row.paused_why,
        dials_itself=running and flight.room_of(tx, row) > 0,
        asks_first=asks_first(tx, row.queue_id),
    )


def _person(row: Row[Any]) -> views.PhoneListPerson:
    return views.PhoneListPerson(
        customer_id=row.customer_id,
        name=row.name,
        arm=row.arm,
        state=row.state,
        reason=row.reason,
        due_at=row.due_at,
        agreed=row.agreed,
        attempts=row.failed,
        last_at=row.last_at,
        last_result=row.last_result,
        contact_id=row.contact_id,
    )


def _arm_report(arm: report.ArmReport) -> views.PhoneListArmReport:
    share = ShareView(**arm.reached_rate._asdict())
    return views.PhoneListArmReport(**{**arm._asdict(), "reached_rate": share})


def _abandonment(found: report.Abandonment) -> views.AbandonmentView:
    return views.AbandonmentView(
        days=guard.OVER.days,
        **found.counted._asdict(),
        rate=found.rate,
        limit=found.limit,
        room=found.room,
    )
