"""Routes of agents with somebody of a phone list: call them, put them off, say what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from hub.contacts.access import access_contact
from hub.contacts.model import PHONE_LIST_META
from hub.core.errors import Conflict
from hub.customers.model import IdentityKind
from hub.phone_lists.attempts import DialNow, Skip, dial_now, skip, to_choose
from hub.phone_lists.model import Result
from hub.phone_lists.results import GiveResult, give_result
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .readers import reader_of, sight_of


class DialBody(Body, frozen=True):
    """`identity_id`: another number of theirs than the one that is shown."""

    identity_id: str | None = None


class SkipBody(Body, frozen=True):
    """Who is the wrong person, or was handled, is called no more; others come again."""

    reason: Literal["not_now", "wrong_person", "handled", "other"]


class ResultBody(Body, frozen=True):
    """`at`: when they want to be called, for `call_later`."""

    result: Literal[
        "reached",
        "interested",
        "refused",
        "call_later",
        "wrong_number",
        "never",
        "machine",
        "no_answer",
        "busy",
    ]
    at: datetime | None = None


class NumberChoice(View, frozen=True):
    """A number of theirs, masked where numbers are."""

    identity_id: str
    number: str


class ListCallView(View, frozen=True):
    """`numbers`: at which of theirs a list may call them."""

    numbers: list[NumberChoice]


class ListCallRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._masks = mask_numbers

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/list-call",
        access=Access.AGENT,
        summary="The numbers at which somebody of a phone list can be called",
    )
    async def numbers(self, principal: Principal, contact_id: Key) -> ListCallView:
        return await self._store.read(self._numbers, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/list-call/dial",
        access=Access.AGENT,
        summary="Call somebody of a phone list whom one has read about",
    )
    async def dial(self, principal: Principal, contact_id: Key, body: DialBody) -> None:
        why = await self._store.write(self._dial, (principal, contact_id, body))
        if why is not None:
            raise Conflict("They may not be called now.", code="phone_list.suppressed", reason=why)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/list-call/skip",
        access=Access.AGENT,
        summary="Do not call somebody of a phone list, and say why",
    )
    async def skip(self, principal: Principal, contact_id: Key, body: SkipBody) -> None:
        await self._store.write(self._skip, (principal, contact_id, body))

    @route(
        "PUT",
        "/api/v1/contacts/{contact_id}/list-call/result",
        access=Access.AGENT,
        summary="Say what came of a call of a phone list",
    )
    async def result(self, principal: Principal, contact_id: Key, body: ResultBody) -> None:
        await self._store.write(self._result, (principal, contact_id, body))

    # ---- in a transaction ----------------------------------------------------------------------

    def _access(self, tx: Tx, principal: Principal, contact_id: str) -> Any:
        row = access_contact(tx, sight_of(tx, principal), contact_id)
        if PHONE_LIST_META not in row.meta:
            raise Conflict("This contact is of no phone list.", code="phone_list.not_yours")
        return row

    def _numbers(self, tx: Tx, asked: tuple[Principal, str]) -> ListCallView:
        principal, contact_id = asked
        row = self._access(tx, principal, contact_id)
        reader = reader_of(tx, principal, mask_numbers=self._masks)
        return ListCallView(
            numbers=[
                NumberChoice(one.identity_id, reader.address(IdentityKind.PHONE, one.number))
                for one in to_choose(tx, row)
            ]
        )

    def _dial(self, tx: Tx, asked: tuple[Principal, str, DialBody]) -> str | None:
        principal, contact_id, body = asked
        self._access(tx, principal, contact_id)
        return dial_now(tx, DialNow(contact_id, principal.user_id, body.identity_id))

    def _skip(self, tx: Tx, asked: tuple[Principal, str, SkipBody]) -> None:
        principal, contact_id, body = asked
        self._access(tx, principal, contact_id)
        skip(tx, Skip(contact_id, principal.user_id, body.reason))

    def _result(self, tx: Tx, asked: tuple[Principal, str, ResultBody]) -> None:
        principal, contact_id, body = asked
        self._access(tx, principal, contact_id)
        result = Result(body.result)
        give_result(tx, GiveResult(contact_id, principal.user_id, result, body.at))
