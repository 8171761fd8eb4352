"""Routes of the set-up for admins: the document, its check, its versions, the agents it is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from hub.accounts.model import actor_of
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Page,
    PageQuery,
    Principal,
    Query,
    decode_cursor,
    encode_cursor,
    route,
)

from .agents import ListPeople, list_people
from .check import CheckSettings
from .service import (
    ChangeSetup,
    CheckSetup,
    RestoreSetup,
    change_setup,
    check_change,
    restore_setup,
)
from .used import UsedView, used_of
from .versions import (
    ListVersions,
    current_setup,
    find_current,
    get_changes,
    get_document,
    get_version,
    list_versions,
)
from .views import (
    ChangedView,
    CheckedView,
    DocumentView,
    SetupAgentView,
    SetupVersionLine,
    StoredDocumentView,
    agent_view,
    changed_view,
    checked_view,
    stored_view,
    version_line,
    version_view,
)

_DOCUMENT_BYTES = 4 * 1_048_576
_MOST_AGENTS = 1000

VersionId = Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
Note = Annotated[str, msgspec.Meta(max_length=500)]


class CheckBody(Body, frozen=True):
    """`base`: the version that `setup`, a whole set-up, was made from."""

    base: VersionId
    setup: dict[str, Any]


class ChangeBody(Body, frozen=True):
    """`base`: the version that `setup`, a whole set-up, was made from; `note`: why."""

    base: VersionId
    setup: dict[str, Any]
    note: Note = ""


class RestoreBody(Body, frozen=True):
    base: VersionId
    note: Note = ""


class AgentsQuery(Query, frozen=True):
    """`after` is the cursor of the page before."""

    after: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MOST_AGENTS)] = _MOST_AGENTS


class _VersionPosition(msgspec.Struct, frozen=True, array_like=True):
    id: int


class _PersonPosition(msgspec.Struct, frozen=True, array_like=True):
    name: str
    id: str


class SetupRoutes:
    """`checks`: how each channel checks its part of an entry point, as `hub apply` does."""

    def __init__(self, store: Store, checks: Mapping[str, CheckSettings]) -> None:
        self._store = store
        self._checks = checks

    @route(
        "GET", "/api/v1/setup/document", access=Access.ADMIN, summary="The business set-up in force"
    )
    async def document(self) -> DocumentView:
        return await self._store.read(_document, None)

    @route(
        "POST",
        "/api/v1/setup/document/check",
        access=Access.ADMIN,
        summary="What is wrong with a set-up, or what it would change",
        limit_bytes=_DOCUMENT_BYTES,
    )
    async def check(self, body: CheckBody) -> CheckedView:
        asked = CheckSetup(body.setup, self._checks)
        return checked_view(await self._store.read(check_change, asked))

    @route(
        "PUT",
        "/api/v1/setup/document",
        access=Access.ADMIN,
        summary="Put a set-up in force",
        limit_bytes=_DOCUMENT_BYTES,
    )
    async def change(self, principal: Principal, body: ChangeBody) -> ChangedView:
        command = ChangeSetup(
            body.setup, body.base, actor_of(principal), body.note.strip(), self._checks
        )
        return changed_view(await change_setup(self._store, command))

    @route(
        "GET", "/api/v1/setup/versions", access=Access.ADMIN, summary="What was in force and when"
    )
    async def versions(self, query: PageQuery) -> Page[SetupVersionLine]:
        position = decode_cursor(query.after, _VersionPosition)
        before = None if position is None else position.id
        found = await self._store.read(list_versions, ListVersions(query.limit + 1, before))
        shown = found[: query.limit]
        more = len(found) > query.limit
        last = _VersionPosition(shown[-1][0].id) if more else None
        return Page(
            items=[version_line(*one) for one in shown],
            after=None if last is None else encode_cursor(last),
        )

    @route(
        "GET",
        "/api/v1/setup/versions/{version_id}",
        access=Access.ADMIN,
        summary="The set-up of one version and what it changed",
    )
    async def version(self, version_id: VersionId) -> StoredDocumentView:
        return await self._store.read(_stored, version_id)

    @route(
        "POST",
        "/api/v1/setup/versions/{version_id}/restore",
        access=Access.ADMIN,
        summary="Put the set-up of an earlier version in force again",
    )
    async def restore(
        self, principal: Principal, version_id: VersionId, body: RestoreBody
    ) -> ChangedView:
        command = RestoreSetup(
            version_id, body.base, actor_of(principal), body.note.strip(), self._checks
        )
        return changed_view(await restore_setup(self._store, command))

    @route(
        "GET",
        "/api/v1/setup/agents",
        access=Access.ADMIN,
        summary="Who takes contacts, with teams, profile and skills",
    )
    async def agents(self, query: AgentsQuery) -> Page[SetupAgentView]:
        position = decode_cursor(query.after, _PersonPosition)
        after = None if position is None else (position.name, position.id)
        found = await self._store.read(_agents, ListPeople(query.limit + 1, after))
        shown = found[: query.limit]
        more = len(found) > query.limit
        last = _PersonPosition(shown[-1].name, shown[-1].id) if more else None
        return Page(items=shown, after=None if last is None else encode_cursor(last))

    @route(
        "GET",
        "/api/v1/setup/used",
        access=Access.ADMIN,
        summary="How often reasons, outcomes and next actions were chosen; retired ones, too",
    )
    async def used(self) -> UsedView:
        return await self._store.read(used_of, None)


def _document(tx: Tx, _: None) -> DocumentView:
    version, setup = current_setup(tx)
    return DocumentView(version=version_view(version), setup=setup)


def _stored(tx: Tx, version_id: int) -> StoredDocumentView:
    version = get_version(tx, version_id)
    return stored_view(version, get_document(tx, version_id), get_changes(tx, version_id))


def _agents(tx: Tx, query: ListPeople) -> list[SetupAgentView]:
    current = find_current(tx)
    named = (
        set()
        if current is None
        else {email.lower() for email in get_document(tx, current.id)["agents"]}
    )
    return [agent_view(one, in_setup=one.email in named) for one in list_people(tx, query)]
