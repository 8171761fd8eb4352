"""Routes of the phone account for admins: look, connect, check, point its numbers here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from time import monotonic

from hub.accounts.model import actor_of
from hub.core.budget import Budgets, Rate
from hub.core.errors import NotFound, TooMany
from hub.core.findings import Finding
from hub.settings import Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.mailboxes.views import CheckStepView, check_step_view
from hub.storage import Store
from hub.vendors.twilio.check import check_phone_lines
from hub.vendors.twilio.numbers import Pointed, can_be_called, point_here
from hub.web import Access, LinesAnswer, Principal, route

from .book import PhoneAccounts
from .model import account_of
from .service import (
    Carried,
    ConnectAccount,
    PointedHere,
    check_account,
    check_address,
    connect_account,
    drop_account,
    find_account,
    find_lines,
    note_pointed,
)
from .views import (
    AccountBody,
    AccountCheckBody,
    PhoneAccountView,
    PointBody,
    PointedView,
    view_of_file,
    view_of_page,
)

_CHECKS = Rate(per_s=1 / 5, burst=10)  # of one admin


class PhoneAccountRoutes:
    """`carried`: whose entry points are lines of the account. `refresh`: has this process
    take a change up before the answer says that it is in force.
    """

    def __init__(
        self,
        store: Store,
        accounts: PhoneAccounts,
        sealer: Sealer,
        public_base_url: str,
        carried: Carried,
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._sealer = sealer
        self._url = public_base_url
        self._carried = carried
        self._refresh = refresh
        self._budgets = Budgets(_CHECKS)

    @route(
        "GET",
        "/api/v1/phone-account",
        access=Access.ADMIN,
        summary="The phone account, without its secrets",
    )
    async def get(self) -> PhoneAccountView:
        return await self._view()

    @route(
        "PUT",
        "/api/v1/phone-account",
        access=Access.ADMIN,
        summary="Connect the phone account; calls go by it at once",
    )
    async def connect(self, principal: Principal, body: AccountBody) -> PhoneAccountView:
        await self._store.write(connect_account, self._command(principal, body))
        await self._refresh()
        return await self._view()

    @route(
        "DELETE",
        "/api/v1/phone-account",
        access=Access.ADMIN,
        summary="Forget the phone account and its secrets",
    )
    async def disconnect(self, principal: Principal) -> None:
        await self._store.write(drop_account, actor_of(principal))
        await self._refresh()

    @route(
        "POST",
        "/api/v1/phone-account/check",
        access=Access.ADMIN,
        summary="Sign in to a phone account and see where its numbers lead, step by step",
    )
    async def check(
        self, principal: Principal, body: AccountCheckBody
    ) -> LinesAnswer[CheckStepView]:
        self._take(principal)
        twilio = self._accounts.current()
        if body.account is not None:
            wished = AccountBody(account=body.account, secrets=body.secrets)
            secrets = await self._store.read(check_account, self._command(principal, wished))
            twilio = account_of(body.account, secrets, self._accounts.base_url)
        _check_there(twilio)
        lines = await self._store.read(find_lines, self._carried)
        return LinesAnswer(_steps(check_phone_lines(twilio, self._url, lines)))

    @route(
        "POST",
        "/api/v1/phone-account/numbers",
        access=Access.ADMIN,
        summary="Have the calls or texts to the numbers of entry points come to the hub",
    )
    async def point(self, principal: Principal, body: PointBody) -> list[PointedView]:
        self._take(principal)
        twilio = self._accounts.current()
        _check_there(twilio)
        check_address(twilio, self._url)
        known = await self._store.read(find_lines, self._carried)
        lines = [line for line in known if line.entry_point in body.points]
        if len(lines) < len(set(body.points)):
            raise NotFound("There is no such entry point, or its number is not at the account.")
        done = await asyncio.to_thread(lambda: list(point_here(twilio, self._url, lines)))
        changed = [(one.line, one.before) for one in done if one.written]
        if changed:
            await self._store.write(note_pointed, PointedHere(changed, actor_of(principal)))
        return [_pointed_view(one) for one in done]

    async def _view(self) -> PhoneAccountView:
        public = can_be_called(self._accounts.current(), self._url)
        if self._accounts.in_file:
            return view_of_file(self._accounts.current(), public=public)
        return view_of_page(await self._store.read(find_account, self._sealer), public=public)

    def _command(self, principal: Principal, body: AccountBody) -> ConnectAccount:
        in_file = self._accounts.in_file
        return ConnectAccount(
            body.account, body.secrets, self._sealer, in_file, actor_of(principal)
        )

    def _take(self, principal: Principal) -> None:
        if wait_s := self._budgets.take(principal.user_id, monotonic()):
            raise TooMany("That were many checks. Please wait a moment.", retry_after_s=wait_s)


def _check_there(twilio: Twilio) -> None:
    if not twilio.account_sid:
        raise NotFound("No phone account is connected.", code="phone_account.none")


def _pointed_view(one: Pointed) -> PointedView:
    return PointedView(
        point=one.line.entry_point,
        number=one.line.number,
        before=one.before,
        step=check_step_view(one.found),
    )


async def _steps(found: Iterator[Finding]) -> AsyncGenerator[CheckStepView, None]:
    """Yield the steps as they are made, each off the loop: none takes longer than its requests."""
    while (one := await asyncio.to_thread(next, found, None)) is not None:
        yield check_step_view(one)
