"""Routes of links to set a password, and of where somebody is signed in."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec

from hub.core.budget import Budgets, Rate
from hub.storage import Store, Tx
from hub.web import Access, Body, Call, Key, Principal, route

from .accounts import Accounts, LeaveDesk
from .link_letter import MailLink
from .links import (
    MadeLink,
    MakePasswordLink,
    get_password_link,
    list_sessions,
    make_password_link,
    sign_out_everywhere,
)
from .model import digest_of, new_token
from .views import PasswordLink, PasswordLinkFor, SessionView

LINK_PAGE = "/set-password"  # of the console; the token is behind #, so no server logs it

# Mails with links that one user may let go out: a whole shift at once, then one in half a minute.
_PER_MAKER = Rate(1 / 30, 100)

Token = Annotated[str, msgspec.Meta(max_length=128)]


class LinkToken(Body, frozen=True):
    token: Token


class ChosenPassword(Body, frozen=True):
    token: Token
    password: Annotated[str, msgspec.Meta(max_length=1024)]


class LinkRoutes:
    """`base_url`: where the console is; `leave_desk`: what signing out means for contacts; `mail`:
    how a link is mailed.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        base_url: str,
        leave_desk: LeaveDesk,
        mail: MailLink,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._base_url = base_url
        self._leave_desk = leave_desk
        self._mail = mail
        self._makers = Budgets(_PER_MAKER)

    @route(
        "POST",
        "/api/v1/users/{user_id}/password-link",
        access=Access.SUPERVISOR,
        summary="Make a link by which a user sets their password",
        status=201,
    )
    async def make(self, principal: Principal, user_id: Key) -> PasswordLink:
        token = new_token()
        url = f"{self._base_url}{LINK_PAGE}#{token}"
        may_mail = not self._makers.take(principal.user_id, time.monotonic())
        cmd = MakePasswordLink(principal, user_id, digest_of(token), url, may_mail)
        made = await self._store.write(self._make, cmd)
        why_not = made.not_mailed
        return PasswordLink(
            url=url,
            expires_at=made.until,
            mailed_to=made.email if why_not is None else None,
            not_mailed=None if why_not is None else why_not.value,
        )

    def _make(self, tx: Tx, cmd: MakePasswordLink) -> MadeLink:
        return make_password_link(tx, cmd, self._mail)

    @route(
        "POST",
        "/api/v1/password-link/look",
        access=Access.PUBLIC,
        summary="Whose password a link sets",
    )
    async def look(self, body: LinkToken) -> PasswordLinkFor:
        return await self._store.read(get_password_link, digest_of(body.token))

    @route("POST", "/api/v1/password-link", access=Access.PUBLIC, summary="Set one's password")
    async def use(self, call: Call, body: ChosenPassword) -> PasswordLinkFor:
        return await self._accounts.use_password_link(body.token, body.password, call.address)

    @route(
        "GET",
        "/api/v1/users/{user_id}/sessions",
        access=Access.AGENT,
        summary="Where a user is signed in",
    )
    async def sessions(self, principal: Principal, user_id: Key) -> list[SessionView]:
        return await self._store.read(list_sessions, (principal, user_id))

    @route(
        "DELETE",
        "/api/v1/users/{user_id}/sessions",
        access=Access.AGENT,
        summary="Sign a user out everywhere, oneself everywhere else",
    )
    async def sign_out(self, principal: Principal, user_id: Key) -> None:
        await self._store.write(self._sign_out, (principal, user_id))

    def _sign_out(self, tx: Tx, asked: tuple[Principal, str]) -> None:
        if sign_out_everywhere(tx, asked):
            self._leave_desk(tx, asked[1])
