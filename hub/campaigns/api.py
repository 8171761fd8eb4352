"""Routes of campaigns: supervisors make them for the customers they see, and read what came of it.

A campaign of other branches does not exist for who does not see all of its customers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, and_, or_, select

from hub.accounts.model import actor_of
from hub.accounts.tables import users
from hub.core.errors import NotFound
from hub.customers.access import Scope, SeesMore
from hub.customers.groups.tables import customer_groups
from hub.customers.tables import customers
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, PageQuery, Principal, decode_cursor, encode_cursor, route

from . import reads, results, service, views
from .model import CONFIRM_ABOVE, Arm, PersonState, Text
from .service import ChangeState, PutCampaign, StartCampaign
from .tables import campaign_people, campaigns


class _Newest(msgspec.Struct, frozen=True, array_like=True):
    made_at: datetime
    id: str


class _After(msgspec.Struct, frozen=True, array_like=True):
    customer_id: str


_ACTS: dict[str, Callable[[Tx, ChangeState], None]] = {
    "pause": service.pause_campaign,
    "resume": service.resume_campaign,
    "stop": service.stop_campaign,
}


class CampaignRoutes:
    """`sees_more`: what else a user sees, beside the customers of their branches."""

    def __init__(self, store: Store, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more

    @route("GET", "/api/v1/campaigns", access=Access.SUPERVISOR, summary="List campaigns")
    async def campaigns(self, principal: Principal, query: PageQuery) -> Page[views.CampaignLine]:
        return await self._store.read(self._list, (principal, query))

    @route(
        "GET",
        "/api/v1/campaigns/{key}",
        access=Access.SUPERVISOR,
        summary="One campaign with its arms and texts",
    )
    async def campaign(self, principal: Principal, key: Key) -> views.CampaignView:
        return await self._store.read(self._one, (principal, key))

    @route(
        "PUT",
        "/api/v1/campaigns/{key}",
        access=Access.SUPERVISOR,
        summary="Draft a campaign, or change the draft: nothing goes out",
    )
    async def put(
        self, principal: Principal, key: Key, body: views.CampaignBody
    ) -> views.CampaignView:
        return await self._store.write(self._put, (principal, key, body))

    @route(
        "DELETE",
        "/api/v1/campaigns/{key}",
        access=Access.SUPERVISOR,
        summary="Forget the draft of a campaign",
    )
    async def delete(self, principal: Principal, key: Key) -> None:
        await self._store.write(self._delete, (principal, key))

    @route(
        "POST",
        "/api/v1/campaigns/{key}/count",
        access=Access.SUPERVISOR,
        summary="Whom a campaign would reach if it went out now, and who not and why",
    )
    async def count(self, principal: Principal, key: Key) -> views.CountsView:
        return await self._store.read(self._count, (principal, key))

    @route(
        "POST",
        "/api/v1/campaigns/{key}/start",
        access=Access.SUPERVISOR,
        summary="Let a campaign go out",
    )
    async def start(
        self, principal: Principal, key: Key, body: views.StartBody
    ) -> views.CampaignView:
        await self._store.write(self._start, (principal, key, body))
        return await self._store.read(self._one, (principal, key))

    @route(
        "POST",
        "/api/v1/campaigns/{key}/pause",
        access=Access.SUPERVISOR,
        summary="Send nothing more of a campaign for now",
    )
    async def pause(self, principal: Principal, key: Key) -> views.CampaignView:
        return await self._acted(principal, key, "pause")

    @route(
        "POST",
        "/api/v1/campaigns/{key}/resume",
        access=Access.SUPERVISOR,
        summary="Go on with a campaign that was paused",
    )
    async def resume(self, principal: Principal, key: Key) -> views.CampaignView:
        return await self._acted(principal, key, "resume")

    @route(
        "POST",
        "/api/v1/campaigns/{key}/stop",
        access=Access.SUPERVISOR,
        summary="End a campaign for good",
    )
    async def stop(self, principal: Principal, key: Key) -> views.CampaignView:
        return await self._acted(principal, key, "stop")

    @route(
        "GET",
        "/api/v1/campaigns/{key}/people",
        access=Access.SUPERVISOR,
        summary="The people of a campaign, each with the result or the reason",
    )
    async def people(
        self, principal: Principal, key: Key, query: views.PeopleQuery
    ) -> Page[views.CampaignPerson]:
        return await self._store.read(self._people, (principal, key, query))

    @route(
        "GET",
        "/api/v1/campaigns/{key}/report",
        access=Access.SUPERVISOR,
        summary="What came of a campaign, by arm, against the hold-out",
    )
    async def report(self, principal: Principal, key: Key) -> views.CampaignReport:
        return await self._store.read(self._report, (principal, key))

    # ---- in a transaction ----------------------------------------------------------------------

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _get(self, tx: Tx, principal: Principal, key: str, *, for_change: bool = False) -> Row[Any]:
        row = reads.get_campaign(tx, key, for_change=for_change)
        if not service.sees(self._scope(tx, principal), row):
            raise NotFound("There is no such campaign.")
        return row

    def _list(self, tx: Tx, asked: tuple[Principal, PageQuery]) -> Page[views.CampaignLine]:
        principal, query = asked
        scope = self._scope(tx, principal)
        table = campaigns.c
        found = select(campaigns).order_by(table.made_at.desc(), table.id.desc())
        position = decode_cursor(query.after, _Newest)
        if position is not None:
            before = and_(table.made_at == position.made_at, table.id < position.id)
            found = found.where(or_(table.made_at < position.made_at, before))
        rows = tx.execute(found.limit(query.limit + 1)).all()
        shown = [row for row in rows[: query.limit] if service.sees(scope, row)]
        last = rows[query.limit - 1] if len(rows) > query.limit else None
        after = encode_cursor(_Newest(last.made_at, last.id)) if last is not None else None
        return Page(items=_lines(tx, shown), after=after)

    def _one(self, tx: Tx, asked: tuple[Principal, str]) -> views.CampaignView:
        principal, key = asked
        return _view(tx, self._get(tx, principal, key))

    def _put(self, tx: Tx, asked: tuple[Principal, str, views.CampaignBody]) -> views.CampaignView:
        principal, key, body = asked
        arms = tuple(
            Arm(
                arm.key,
                arm.share,
                arm.holdout,
                {language: Text(mail.subject, mail.text) for language, mail in arm.texts.items()},
            )
            for arm in body.arms
        )
        same = msgspec.structs.asdict(body)
        given = {name: same[name] for name in _SAME_NAMES}
        command = PutCampaign(
            actor=actor_of(principal),
            scope=self._scope(tx, principal),
            key=key,
            customer_ids=tuple(body.customer_ids),
            arms=arms,
            **given,
        )
        service.put_campaign(tx, command)
        return _view(tx, self._get(tx, principal, key))

    def _delete(self, tx: Tx, asked: tuple[Principal, str]) -> None:
        principal, key = asked
        row = self._get(tx, principal, key, for_change=True)
        service.delete_campaign(tx, ChangeState(actor_of(principal), row))

    def _count(self, tx: Tx, asked: tuple[Principal, str]) -> views.CountsView:
        principal, key = asked
        counts = reads.count_reach(tx, self._get(tx, principal, key))
        return views.CountsView(**counts._asdict(), confirm=counts.people > CONFIRM_ABOVE)

    def _start(self, tx: Tx, asked: tuple[Principal, str, views.StartBody]) -> None:
        principal, key, body = asked
        row = self._get(tx, principal, key, for_change=True)
        command = StartCampaign(actor_of(principal), row, body.version, body.confirmed)
        service.start_campaign(tx, command)

    async def _acted(
        self, principal: Principal, key: str, act: Literal["pause", "resume", "stop"]
    ) -> views.CampaignView:
        """Do it, and read what came of it after the commit: counting many people takes a while."""
        await self._store.write(self._act, (principal, key, act))
        return await self._store.read(self._one, (principal, key))

    def _act(
        self, tx: Tx, asked: tuple[Principal, str, Literal["pause", "resume", "stop"]]
    ) -> None:
        principal, key, act = asked
        row = self._get(tx, principal, key, for_change=True)
        _ACTS[act](tx, ChangeState(actor_of(principal), row))

    def _people(
        self, tx: Tx, asked: tuple[Principal, str, views.PeopleQuery]
    ) -> Page[views.CampaignPerson]:
        principal, key, query = asked
        row = self._get(tx, principal, key)
        person = campaign_people.c
        found = (
            select(campaign_people, customers.c.name)
            .join(customers, customers.c.id == person.customer_id)
            .where(person.campaign_id == row.id, self._scope(tx, principal).customers())
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
        now = results.results_of(tx, row, shown)
        items = [_person(one, result) for one, result in zip(shown, now, strict=True)]
        return Page(items=items, after=after)

    def _report(self, tx: Tx, asked: tuple[Principal, str]) -> views.CampaignReport:
        principal, key = asked
        row = self._get(tx, principal, key)
        [arms] = reads.arms_of(tx, [row.id]).values()
        found = results.report_of(tx, row, arms)
        return views.CampaignReport(
            arms=[_arm_report(arm) for arm in found.arms],
            suppressed=found.suppressed,
            collected_at=found.collected_at,
        )


_SAME_NAMES = (
    "zh",
    "en",
    "purpose",
    "channel",
    "entry_point_id",
    "group_key",
    "material",
    "survey_key",
    "starts_at",
    "ends_at",
    "result_days",
    "pace_per_hour",
    "version",
)


def _lines(tx: Tx, rows: Sequence[Row[Any]]) -> list[views.CampaignLine]:
    if not rows:
        return []
    people = reads.counted_people(tx, [row.id for row in rows])
    makers = select(users.c.id, users.c.name).where(users.c.id.in_({row.made_by for row in rows}))
    names = {row.id: row.name for row in tx.execute(makers)}
    return [
        views.CampaignLine(
            key=row.key,
            zh=row.zh,
            en=row.en,
            purpose=row.purpose,
            channel=row.channel,
            state=row.state,
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


def _view(tx: Tx, row: Row[Any]) -> views.CampaignView:
    group = select(customer_groups.c.key).where(customer_groups.c.id == row.group_id)
    person = campaign_people.c
    listed = select(person.customer_id).where(
        person.campaign_id == row.id, person.state == PersonState.LISTED
    )
    [line] = _lines(tx, [row])
    return views.CampaignView(
        line=line,
        entry_point_id=row.entry_point_id,
        group_key=tx.execute(group).scalar_one_or_none(),
        customer_ids=sorted(tx.execute(listed).scalars()),
        material=row.material,
        survey_key=row.survey_key,
        result_days=row.result_days,
        pace_per_hour=row.pace_per_hour,
        filling=row.filled_to is not None,
        paused_why=row.paused_why,
        arms=[
            views.CampaignArm(
                key=arm.key,
                share=arm.share,
                holdout=arm.holdout,
                texts={
                    language: views.CampaignMail(**mail._asdict())
                    for language, mail in arm.texts.items()
                },
            )
            for arm in reads.arms_of(tx, [row.id])[row.id]
        ],
    )


def _person(row: Row[Any], now: results.Found) -> views.CampaignPerson:
    result: Literal["ordered", "answered", "replied"] | None = None
    if now.ordered_at is not None:
        result = "ordered"
    elif now.answered_at is not None:
        result = "answered"
    elif now.replied_at is not None:
        result = "replied"
    return views.CampaignPerson(
        customer_id=row.customer_id,
        name=row.name,
        arm=row.arm,
        state=now.state,
        reason=now.reason,
        due_at=row.due_at,
        at=row.at,
        result=result,
        replied_at=now.replied_at,
        answered_at=now.answered_at,
        score=now.score,
        ordered_at=now.ordered_at,
    )


def _arm_report(arm: results.ArmReport) -> views.CampaignArmReport:
    shares = {
        name: views.ShareView(**getattr(arm, name)._asdict())
        for name in ("replied", "answered", "ordered")
    }
    against = views.AgainstView(**arm.against._asdict()) if arm.against else None
    return views.CampaignArmReport(**{**arm._asdict(), **shares, "against": against})
