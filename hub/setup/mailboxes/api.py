"""Routes of mailboxes for admins: look, connect, check step by step, disconnect."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from time import monotonic

from hub.accounts.model import actor_of
from hub.core.budget import Budgets, Rate
from hub.core.errors import Invalid, NotFound, TooMany
from hub.settings import Mailbox
from hub.storage import Store
from hub.vendors.mail.check import Aim, make_mail_to_self
from hub.vendors.mail.check.live import check_live
from hub.vendors.mail.oauth import AccessTokens, TokenBook
from hub.web import Access, Key, LinesAnswer, Principal, route

from .book import Mailboxes
from .grants import StoredGrants
from .model import mailbox_of
from .sealing import Sealer
from .service import (
    AskMailbox,
    ConnectMailbox,
    DropMailbox,
    Found,
    MailHouse,
    check_connection,
    connect_mailbox,
    drop_mailbox,
    find_mailbox,
)
from .views import (
    CheckBody,
    CheckStepView,
    MailboxBody,
    MailboxView,
    check_step_view,
    view_of_file,
    view_of_page,
)

_CHECKS = Rate(per_s=1 / 5, burst=10)  # of one admin


class MailboxRoutes:
    """`fed_by_mail`: the channels whose entry points have mailboxes. `refresh`: has this process
    take a change up before the answer says that it is in force.
    """

    def __init__(
        self,
        store: Store,
        mailboxes: Mailboxes,
        sealer: Sealer,
        tokens: TokenBook,
        fed_by_mail: Collection[str],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._mailboxes = mailboxes
        self._tokens = tokens
        self._refresh = refresh
        self._grants = StoredGrants(store, sealer)
        boxes = {box.entry_point: box for box in mailboxes.all()}
        in_file = {key: box for key, box in boxes.items() if mailboxes.place(key)}
        self._house = MailHouse(sealer, frozenset(fed_by_mail), in_file)
        self._budgets = Budgets(_CHECKS)

    @route(
        "GET",
        "/api/v1/entry-points/{key}/mailbox",
        access=Access.ADMIN,
        summary="The mailbox of an entry point, without its secrets",
    )
    async def get(self, key: Key) -> MailboxView:
        found = await self._find(key)
        place, box = self._mailboxes.place(key), self._mailboxes.find(key)
        if place is not None and box is not None:
            return view_of_file(key, found.address, place, box)
        return view_of_page(key, found)

    @route(
        "PUT",
        "/api/v1/entry-points/{key}/mailbox",
        access=Access.ADMIN,
        summary="Connect the mailbox of an entry point; it is read and sent by at once",
    )
    async def connect(self, principal: Principal, key: Key, body: MailboxBody) -> MailboxView:
        command = ConnectMailbox(key, body.mailbox, body.secrets, self._house, actor_of(principal))
        await self._store.write(connect_mailbox, command)
        await self._refresh()
        return view_of_page(key, await self._find(key))

    @route(
        "DELETE",
        "/api/v1/entry-points/{key}/mailbox",
        access=Access.ADMIN,
        summary="Forget the mailbox of an entry point and its secrets",
    )
    async def disconnect(self, principal: Principal, key: Key) -> None:
        await self._store.write(drop_mailbox, DropMailbox(key, self._house, actor_of(principal)))
        await self._refresh()

    @route(
        "POST",
        "/api/v1/entry-points/{key}/mailbox/check",
        access=Access.ADMIN,
        summary="Reach, sign in to and look at a mailbox, step by step",
    )
    async def check(
        self, principal: Principal, key: Key, body: CheckBody
    ) -> LinesAnswer[CheckStepView]:
        found = await self._find(key)
        if wait_s := self._budgets.take(principal.user_id, monotonic()):
            raise TooMany("That were many checks. Please wait a moment.", retry_after_s=wait_s)
        if body.send and body.mailbox is not None:
            raise Invalid(
                "Only a mailbox that is connected sends a test mail: save it first.",
                code="mailbox.unsaved",
            )
        place = ""
        if body.mailbox is None:
            box, place = self._mailboxes.find(key), self._mailboxes.place(key) or ""
            tokens = None if box is None else self._tokens.of(box)
        else:
            command = ConnectMailbox(
                key, body.mailbox, body.secrets, self._house, actor_of(principal)
            )
            secrets = await self._store.read(check_connection, command)
            box = mailbox_of(key, body.mailbox, secrets)
            tokens = self._tokens_of(box)
        if box is None:
            raise NotFound("No mailbox is connected there.", code="mailbox.none")
        test = make_mail_to_self(found.address) if body.send else None
        aim = Aim(box, place, address=found.address, make_folder=not body.send, test=test)
        return LinesAnswer(_lines(aim, tokens))

    async def _find(self, key: str) -> Found:
        return await self._store.read(find_mailbox, AskMailbox(key, self._house))

    def _tokens_of(self, box: Mailbox) -> AccessTokens | None:
        """Return tokens for a check of what is not in force yet; what it is given anew is kept."""
        if self._mailboxes.find(box.entry_point) == box:
            return self._tokens.of(box)
        if not box.oauth.token_url:
            return None
        return AccessTokens(box.oauth, self._grants, box.entry_point)


async def _lines(aim: Aim, tokens: AccessTokens | None) -> AsyncGenerator[CheckStepView, None]:
    steps = check_live(aim, tokens)
    try:
        async for one in steps:
            yield check_step_view(one)
    finally:
        await steps.aclose()
