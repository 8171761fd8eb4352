"""Entry points for admins: their state, the form of their settings, a test of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from aiohttp import web
from sqlalchemy import select

from hub.contacts.model import Channel as ChannelKind
from hub.contacts.tables import entry_points
from hub.core.bus import Bus
from hub.core.errors import Invalid, NotFound, Unauthenticated, Unavailable
from hub.core.findings import Finding
from hub.core.supervise import keep_trying
from hub.setup.mailboxes import CHANGED, Mailboxes, Sealer, read_connected
from hub.setup.phone_account import CHANGED as ACCOUNT_CHANGED
from hub.setup.phone_account import PhoneAccounts, read_account
from hub.storage import Store, Tx
from hub.web import Access, Key, View, route
from hub.web.guard import Guard

from .base import EntryPoint, HasTestPage
from .entry_points import SETTINGS_TYPES
from .forms import FormField, form_of
from .registry import Registry
from .samples import TRIES

_SETUP = "setup.changed"
_LOOK_S = 30.0  # another process may have changed the set-up: hints of it do not come here

Trouble = Literal["no_mailbox", "locked_mailbox", "no_account", "locked_account"]
Look = Callable[[str], Sequence[Finding]]
"""Tries an entry point's servers; blocks. By channel: what cannot be tried has none."""


class ChannelForm(View, frozen=True):
    """`widget`: an entry point is a widget on other sites, with snippet, preview, test page.

    `samples`: a mail can be shown to the settings before they hold.
    `mailbox`: it is fed by a mailbox that is connected in the pages. `account`: the phone account
    carries it, which is connected in the pages. `webhooks`: what a provider is to be told of an
    entry point, below its own address.
    """

    channel: str
    widget: bool
    samples: bool
    mailbox: bool
    webhooks: list[str]
    account: bool
    fields: list[FormField]


class PointForms(View, frozen=True):
    """`base_url`: where other sites find the hub."""

    base_url: str
    channels: list[ChannelForm]


class PointState(View, frozen=True):
    """`served`: as it is in force; else this process is about to take it up, or cannot. `trouble`:
    what keeps it from working, as far as it is known without trying.

    `test`: "page": /channels/<key>/test; "look": POST …/test; null: there is nothing to try.
    """

    key: str
    channel: str
    served: bool
    trouble: list[Trouble]
    test: Literal["page", "look"] | None


class FindingView(View, frozen=True):
    """`what` was seen; `mend` says what to do, and is empty where all is well: in English. `code`
    and `facts`: which sentences these are and what stands in them.
    """

    verdict: Literal["well", "warning", "fault"]
    what: str
    mend: str
    code: str
    facts: dict[str, str]


def read_entry_points(tx: Tx, _: None) -> list[EntryPoint]:
    """Return the entry points in force, by key."""
    rows = tx.execute(
        select(entry_points).where(entry_points.c.retired.is_(False)).order_by(entry_points.c.id)
    )
    return [
        EntryPoint(
            id=row.id,
            channel=ChannelKind(row.channel),
            address=row.address,
            queue_id=row.queue_id,
            language=row.language,
            settings=row.settings,
            display_name=row.display_name,
        )
        for row in rows
    ]


class PointRoutes:
    """`looks`: by channel, how an entry point is tried; `unconnected`: what one has no way for."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        looks: Mapping[str, Look],
        unconnected: Callable[[EntryPoint], list[Trouble]],
        base_url: str,
    ) -> None:
        self._store = store
        self._registry = registry
        self._looks = looks
        self._unconnected = unconnected
        forms = [
            ChannelForm(
                channel=channel,
                widget=self._has_page(channel),
                samples=channel in TRIES,
                mailbox=channel in registry.fed_by_mail(),
                webhooks=registry.webhooks(channel),
                account=channel in registry.carried_by_account(),
                fields=form_of(kind),
            )
            for channel, kind in SETTINGS_TYPES.items()
        ]
        self._forms = PointForms(base_url=base_url, channels=forms)

    @route(
        "GET",
        "/api/v1/entry-points/forms",
        access=Access.ADMIN,
        summary="What can be set for an entry point, by channel",
    )
    async def forms(self) -> PointForms:
        return self._forms

    @route(
        "GET", "/api/v1/entry-points", access=Access.ADMIN, summary="The state of each entry point"
    )
    async def states(self) -> list[PointState]:
        return [self._state(one) for one in await self._store.read(read_entry_points, None)]

    @route(
        "POST",
        "/api/v1/entry-points/{key}/test",
        access=Access.ADMIN,
        summary="Sign in to the servers of an entry point and leave again",
    )
    async def test(self, key: Key) -> list[FindingView]:
        points = await self._store.read(read_entry_points, None)
        point = next((one for one in points if one.id == key), None)
        look = None if point is None else self._looks.get(point.channel)
        if look is None:
            raise NotFound("There is no such entry point, or nothing of it that can be tried.")
        found = await asyncio.to_thread(look, key)
        return [
            FindingView(
                verdict=one.verdict.value,
                what=one.what,
                mend=one.mend,
                code=one.code,
                facts=dict(one.facts),
            )
            for one in found
        ]

    def _has_page(self, channel: str) -> bool:
        return isinstance(self._registry.get(channel), HasTestPage)

    def _state(self, point: EntryPoint) -> PointState:
        has_page = self._has_page(point.channel)
        return PointState(
            key=point.id,
            channel=point.channel,
            served=self._registry.serves(point),
            trouble=self._unconnected(point),
            test="page" if has_page else ("look" if point.channel in self._looks else None),
        )


class TestPages:
    """The page on which an entry point can be tried, for admins who are signed in here."""

    __test__ = False  # pytest takes the name for one of its own

    def __init__(self, store: Store, registry: Registry, guard: Guard) -> None:
        self._store = store
        self._registry = registry
        self._guard = guard

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.get("/channels/{entry_point}/test", self._page)]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["entry_point"]
        try:
            await self._guard.admit(request, Access.ADMIN)
        except Unauthenticated:
            raise web.HTTPFound("/sign-in?next=/setup/points") from None
        points = await self._store.read(read_entry_points, None)
        point = next((one for one in points if one.id == key), None)
        channel = None if point is None else self._registry.get(point.channel)
        if not isinstance(channel, HasTestPage):
            raise NotFound("There is no such entry point, or it has no test page.")
        return channel.test_page(key)


async def take_up_changes(store: Store, bus: Bus, registry: Registry) -> None:
    """Have channels follow the entry points of the set-up, until cancelled."""

    async def follow() -> None:
        with bus.subscribe((_SETUP,)) as changes:
            while True:
                await changes.next(_LOOK_S)
                registry.take_up(await store.read(read_entry_points, None))

    await keep_trying("taking up entry points", follow, expected=(Unavailable, Invalid))


async def refresh_mailboxes(
    store: Store, registry: Registry, mailboxes: Mailboxes, sealer: Sealer
) -> None:
    """Have channels follow the mailboxes that are connected now, where that is a change."""
    if mailboxes.take(await store.read(read_connected, sealer)):
        registry.take_up_mailboxes(mailboxes.all())


async def take_up_mailboxes(
    store: Store, bus: Bus, registry: Registry, mailboxes: Mailboxes, sealer: Sealer
) -> None:
    """Have channels follow the mailboxes that are connected in the pages, until cancelled."""

    async def follow() -> None:
        with bus.subscribe((CHANGED,)) as changes:
            while True:
                await changes.next(_LOOK_S)
                await refresh_mailboxes(store, registry, mailboxes, sealer)

    await keep_trying("taking up mailboxes", follow, expected=(Unavailable,))


async def refresh_account(
    store: Store, registry: Registry, accounts: PhoneAccounts, sealer: Sealer
) -> None:
    """Have channels follow the phone account that is connected now, where that is a change."""
    connected = await store.read(read_account, sealer)
    before = accounts.current()  # after the read: another one may have taken it up meanwhile
    accounts.take(connected)
    if accounts.current() != before:
        registry.take_up_account(accounts.current())


async def take_up_account(
    store: Store, bus: Bus, registry: Registry, accounts: PhoneAccounts, sealer: Sealer
) -> None:
    """Have channels follow the phone account that is connected in the pages, until cancelled."""

    async def follow() -> None:
        with bus.subscribe((ACCOUNT_CHANGED,)) as changes:
            while True:
                await changes.next(_LOOK_S)
                await refresh_account(store, registry, accounts, sealer)

    await keep_trying("taking up the phone account", follow, expected=(Unavailable,))
