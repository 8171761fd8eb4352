"""Routes of macros: made by who may, run on contacts at hand; and what placeholders stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from hub.accounts.audit import AuditLine, list_history
from hub.contacts.access import access_contact
from hub.contacts.later.model import UNDO_S
from hub.contacts.words.model import MAX_TEXT
from hub.contacts.words.rights import may_change
from hub.desk.macros import service
from hub.desk.macros.model import Step, Steps
from hub.desk.macros.running import Ran, RunMacro, run_macro
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Page, Principal, View, route

from .acts import Acts
from .filling import Placeholders, placeholders_of
from .joining_views import NOTHING, Capabilities
from .readers import sight_of

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
ClientId = Annotated[str, msgspec.Meta(min_length=1, max_length=70)]
Said = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class MacroBody(Body, frozen=True):
    """`teams` []: every team. Steps in order; what leaves the contact comes last."""

    zh: Name
    en: Name
    steps: Steps
    teams: Annotated[list[Key], msgspec.Meta(max_length=200)] = msgspec.field(default_factory=list)


class MacroChange(MacroBody, frozen=True, kw_only=True):
    """`version`: of the macro as it was shown; an older one is refused (409)."""

    version: Version


class MacroView(View, frozen=True):
    id: str
    zh: str
    en: str
    teams: list[str]
    steps: list[Step]
    uses: int
    version: int
    may_change: bool
    changed_by: str


class MadeMacro(View, frozen=True):
    id: str


class RunBody(Body, frozen=True):
    """`words`: what the agent filled in, by the step's place ("0"). `undo_s`: the time to take a
    reply back, where its channel has that.
    """

    client_id: ClientId
    language: Annotated[str, msgspec.Meta(max_length=16)] = ""
    words: dict[str, Said] = msgspec.field(default_factory=dict)
    undo_s: Annotated[float, msgspec.Meta(ge=0, le=UNDO_S)] = 0


class MacroRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._acts = Acts(capabilities)
        self._capabilities = capabilities
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/macros", access=Access.AGENT, summary="List macros")
    async def list_all(self, principal: Principal) -> Page[MacroView]:
        return Page(items=await self._store.read(_list, principal))

    @route("POST", "/api/v1/macros", access=Access.SUPERVISOR, summary="Make a macro", status=201)
    async def add(self, principal: Principal, body: MacroBody) -> MadeMacro:
        command = service.AddMacro(principal, _draft(body))
        return MadeMacro(id=await self._store.write(service.add_macro, command))

    @route("PUT", "/api/v1/macros/{macro_id}", access=Access.SUPERVISOR, summary="Change a macro")
    async def change(self, principal: Principal, macro_id: Key, body: MacroChange) -> None:
        command = service.ChangeMacro(principal, macro_id, body.version, _draft(body))
        await self._store.write(service.change_macro, command)

    @route(
        "DELETE", "/api/v1/macros/{macro_id}", access=Access.SUPERVISOR, summary="Retire a macro"
    )
    async def retire(self, principal: Principal, macro_id: Key) -> None:
        await self._store.write(service.retire_macro, (principal, macro_id))

    @route(
        "GET",
        "/api/v1/macros/{macro_id}/history",
        access=Access.SUPERVISOR,
        summary="Who changed a macro, and when",
    )
    async def history(self, principal: Principal, macro_id: Key) -> Page[AuditLine]:
        return Page(items=await self._store.read(_history, (principal, macro_id)))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/macros/{macro_id}",
        access=Access.AGENT,
        summary="Run a macro",
        limit_bytes=1_048_576,
    )
    async def run(self, principal: Principal, contact_id: Key, macro_id: Key, body: RunBody) -> Ran:
        return await self._store.write(self._run, (principal, contact_id, macro_id, body))

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/placeholders",
        access=Access.AGENT,
        summary="What placeholders stand for in a contact",
    )
    async def placeholders(self, principal: Principal, contact_id: Key) -> Placeholders:
        asked = (principal, contact_id, self._mask_numbers)
        return await self._store.read(placeholders_of, asked)

    def _run(self, tx: Tx, asked: tuple[Principal, str, str, RunBody]) -> Ran:
        principal, contact_id, macro_id, body = asked
        row = service.get_macro(tx, principal, macro_id)
        handle = self._acts.handle(tx, principal, contact_id, "macro")
        channel = access_contact(tx, sight_of(tx, principal), contact_id).channel
        command = RunMacro(
            macro_id,
            {"zh": row.zh, "en": row.en},
            tuple(service.steps_of(row)),
            handle,
            body.client_id,
            body.language,
            self._capabilities.get(channel, NOTHING).instant,
            _by_place(body.words),
            body.undo_s,
        )
        return run_macro(tx, command)


def _by_place(words: Mapping[str, str]) -> dict[int, str]:
    return {int(place): text for place, text in words.items() if place.isdecimal()}


def _draft(body: MacroBody) -> service.Draft:
    return service.Draft(body.zh, body.en, tuple(dict.fromkeys(body.teams)), tuple(body.steps))


def _list(tx: Tx, principal: Principal) -> list[MacroView]:
    return [
        MacroView(
            id=row.id,
            zh=row.zh,
            en=row.en,
            teams=row.teams,
            steps=service.steps_of(row),
            uses=row.uses,
            version=row.version,
            may_change=may_change(principal, row.teams),
            changed_by=row.changed_by,
        )
        for row in service.list_macros(tx, principal)
    ]


def _history(tx: Tx, asked: tuple[Principal, str]) -> list[AuditLine]:
    principal, macro_id = asked
    service.get_macro(tx, principal, macro_id)
    return list_history(tx, "macro", macro_id)
