"""Routes of imports: a file is sent, looked at, its columns said, run, and taken back.

Supervisors only. What they import belongs to their branch, and completes only whom they see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec

from hub.accounts.model import actor_of
from hub.core.errors import HubError, Unavailable
from hub.customers.access import Scope, SeesMore
from hub.storage import Blobs, Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    Query,
    TextAnswer,
    Upload,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .file import MAX_FILE_BYTES
from .importing import LookedAt, look_at_file, new_batch_of
from .mapping import tells_who
from .model import BatchState, RowClass
from .of_orders import check_no_orders
from .order import ImportOrder, Sight
from .outcome import Counts
from .reads import (
    BatchPosition,
    LinePosition,
    ListedRow,
    access_batch,
    columns_of_batch,
    list_batches,
    list_rows,
    refused_rows,
)
from .refused import refused_sheet
from .say import say
from .service import Batch, MoveBatch, NewBatch, move_batch, new_batch

_REFUSED_AT_ONCE = 20_000


class UploadQuery(Query, frozen=True):
    """`source` is kept with every new customer; the name of the file unless given. `encoding` "":
    found out.
    """

    source: Annotated[str, msgspec.Meta(max_length=64)] = ""
    encoding: Literal["", "utf-8", "utf-16", "gb18030", "big5", "cp1252"] = ""


class MappingBody(Body, frozen=True):
    """What each column of the file holds, in its order; "" leaves a column out."""

    columns: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=16)]], msgspec.Meta(max_length=200)
    ]


class RowsQuery(PageQuery, frozen=True):
    """`row_class` "": every row."""

    row_class: Literal["", "new", "match", "conflict", "invalid", "kept"] = ""


class ColumnView(View, frozen=True):
    header: str
    holds: str


class BatchView(View, frozen=True):
    """An import. `done` of `rows` are dealt with in this state. `format`: csv or vcard."""

    id: str
    state: BatchState
    source: str
    file_name: str
    size_bytes: int
    format: Literal["csv", "vcard"]
    encoding: str
    columns: list[ColumnView]
    rows: int
    done: int
    counts: Counts
    error: str | None
    branch_id: str | None
    by_name: str
    at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    version: int

    @classmethod
    def of(cls, batch: Batch) -> Self:
        return cls(
            id=batch.id,
            state=batch.state,
            source=batch.source,
            file_name=batch.file_name,
            size_bytes=batch.size_bytes,
            format="csv" if batch.mapping.separator else "vcard",
            encoding=batch.encoding,
            columns=[
                ColumnView(header=header, holds=holds) for header, holds in columns_of_batch(batch)
            ],
            rows=batch.rows,
            done=min(batch.done, batch.rows),
            counts=batch.counts,
            error=batch.error,
            branch_id=batch.branch_id,
            by_name=batch.by_name,
            at=batch.at,
            finished_at=batch.finished_at,
            undone_at=batch.undone_at,
            version=batch.version,
        )


class RowCustomer(View, frozen=True):
    id: str
    name: str | None


class RowReason(View, frozen=True):
    """`text` is in the reader's language."""

    code: str
    text: str
    column: str | None


class RowView(View, frozen=True):
    """A row of the file. `cells`: of a refused one. `holders`: between whom somebody decides."""

    line: int
    row_class: RowClass
    label: str
    customer: RowCustomer | None
    holders: list[RowCustomer]
    cells: list[str]
    reasons: list[RowReason]

    @classmethod
    def of(cls, row: ListedRow, language: str) -> Self:
        return cls(
            line=row.line,
            row_class=row.row_class,
            label=row.label,
            customer=row.customer and RowCustomer(id=row.customer[0], name=row.customer[1]),
            holders=[RowCustomer(id=key, name=name) for key, name in row.holders],
            cells=row.cells,
            reasons=[
                RowReason(code=why.code, text=say(why, language), column=why.column)
                for why in row.reasons
            ],
        )


class ImportRoutes:
    """`sees_more`: see Scope. The work itself is done by the ImportRunner."""

    def __init__(self, store: Store, blobs: Blobs, sees_more: SeesMore) -> None:
        self._store = store
        self._blobs = blobs
        self._sees_more = sees_more

    @route(
        "POST",
        "/api/v1/imports",
        access=Access.SUPERVISOR,
        summary="Send a file of customers (CSV or vCard) to be looked at; nothing is written yet",
        status=201,
        limit_bytes=MAX_FILE_BYTES,
    )
    async def add(self, principal: Principal, query: UploadQuery, upload: Upload) -> BatchView:
        file = await upload.file()
        blob = await self._blobs.put_stream(file.chunks, MAX_FILE_BYTES)
        scope = await self._store.read(self._scope, principal)
        order = ImportOrder(
            actor=actor_of(principal),
            data=self._blobs.path(blob.id),
            region="",
            tiers=frozenset(),
            source=query.source.strip() or file.name[:64],
            encoding=query.encoding or None,
            branch_id=scope.home_branch,
            sight=Sight.of(scope),
            file_name=file.name,
            blob_id=blob.id,
        )
        try:
            seen = await asyncio.to_thread(look_at_file, order)
            new = _new(order, seen, blob.size_bytes)
        except BaseException:
            await asyncio.shield(self._blobs.delete(blob.id))
            raise
        try:
            batch = await self._store.write(new_batch, new)
        except HubError as refused:  # a cancelled caller does not cancel its write
            if not isinstance(refused, Unavailable):  # a commit that broke off may stand
                await self._blobs.delete(blob.id)
            raise
        return BatchView.of(batch)

    @route("GET", "/api/v1/imports", access=Access.SUPERVISOR, summary="Imports, newest first")
    async def find(self, principal: Principal, query: PageQuery) -> Page[BatchView]:
        return await self._store.read(self._find, (principal, query))

    @route(
        "GET",
        "/api/v1/imports/{import_id}",
        access=Access.SUPERVISOR,
        summary="An import and how far it is",
    )
    async def show(self, principal: Principal, import_id: Key) -> BatchView:
        return await self._store.read(self._show, (principal, import_id))

    @route(
        "PUT",
        "/api/v1/imports/{import_id}/mapping",
        access=Access.SUPERVISOR,
        summary="Say what the columns hold; the preview is made anew",
    )
    async def change_mapping(
        self, principal: Principal, import_id: Key, body: MappingBody
    ) -> BatchView:
        return await self._move(principal, import_id, BatchState.READING, tuple(body.columns))

    @route(
        "POST",
        "/api/v1/imports/{import_id}/run",
        access=Access.SUPERVISOR,
        summary="Write what the preview shows, or go on where it failed",
    )
    async def run(self, principal: Principal, import_id: Key) -> BatchView:
        return await self._move(principal, import_id, BatchState.RUNNING)

    @route(
        "POST",
        "/api/v1/imports/{import_id}/undo",
        access=Access.SUPERVISOR,
        summary="Take back what was written, as far as nobody has changed it since",
    )
    async def undo(self, principal: Principal, import_id: Key) -> BatchView:
        return await self._move(principal, import_id, BatchState.UNDOING)

    @route(
        "DELETE",
        "/api/v1/imports/{import_id}",
        access=Access.SUPERVISOR,
        summary="Put away a file that was only looked at; it is forgotten",
    )
    async def put_away(self, principal: Principal, import_id: Key) -> None:
        await self._move(principal, import_id, BatchState.UNDONE)

    @route(
        "GET",
        "/api/v1/imports/{import_id}/rows",
        access=Access.SUPERVISOR,
        summary="Rows of an import by class, each with its reasons",
    )
    async def rows(self, principal: Principal, import_id: Key, query: RowsQuery) -> Page[RowView]:
        return await self._store.read(self._rows, (principal, import_id, query))

    @route(
        "GET",
        "/api/v1/imports/{import_id}/refused.csv",
        access=Access.SUPERVISOR,
        summary="The first 20,000 refused rows with their reasons, to mend and import again",
    )
    async def refused(self, principal: Principal, import_id: Key) -> TextAnswer:
        text = await self._store.read(self._refused, (principal, import_id))
        return TextAnswer(text, "text/csv")

    def _scope(self, tx: Tx, principal: Principal) -> Scope:
        return Scope.of(tx, principal, self._sees_more)

    def _find(self, tx: Tx, asked: tuple[Principal, PageQuery]) -> Page[BatchView]:
        principal, query = asked
        before = decode_cursor(query.after, BatchPosition)
        found = list_batches(tx, self._scope(tx, principal), query.limit + 1, before)
        shown = found[: query.limit]
        more = len(found) > query.limit
        after = encode_cursor(BatchPosition(shown[-1].at, shown[-1].id)) if more else None
        return Page(items=[BatchView.of(batch) for batch in shown], after=after)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> BatchView:
        principal, batch_id = asked
        return BatchView.of(access_batch(tx, self._scope(tx, principal), batch_id))

    async def _move(
        self,
        principal: Principal,
        batch_id: str,
        to: BatchState,
        columns: tuple[str, ...] | None = None,
    ) -> BatchView:
        asked = (principal, batch_id, to, columns)
        return BatchView.of(await self._store.write(self._move_batch, asked))

    def _move_batch(
        self, tx: Tx, asked: tuple[Principal, str, BatchState, Sequence[str] | None]
    ) -> Batch:
        principal, batch_id, to, columns = asked
        scope = self._scope(tx, principal)
        access_batch(tx, scope, batch_id)
        return move_batch(
            tx,
            MoveBatch(
                actor=actor_of(principal),
                batch_id=batch_id,
                to=to,
                sight=Sight.of(scope),
                columns=None if columns is None else tuple(columns),
            ),
        )

    def _rows(self, tx: Tx, asked: tuple[Principal, str, RowsQuery]) -> Page[RowView]:
        principal, batch_id, query = asked
        scope = self._scope(tx, principal)
        batch = access_batch(tx, scope, batch_id)
        position = decode_cursor(query.after, LinePosition)
        row_class = RowClass(query.row_class) if query.row_class else None
        after = position.line if position else 0
        found = list_rows(tx, scope, batch, row_class, query.limit + 1, after)
        shown = found[: query.limit]
        more = len(found) > query.limit
        return Page(
            items=[RowView.of(row, principal.language) for row in shown],
            after=encode_cursor(LinePosition(shown[-1].line)) if more else None,
        )

    def _refused(self, tx: Tx, asked: tuple[Principal, str]) -> str:
        principal, batch_id = asked
        batch = access_batch(tx, self._scope(tx, principal), batch_id)
        rows = refused_rows(tx, batch_id, _REFUSED_AT_ONCE)
        sheet = refused_sheet(batch.mapping.header, rows, principal.language)
        return f"\ufeff{sheet}"  # the mark tells spreadsheets that it is UTF-8


def _new(order: ImportOrder, seen: LookedAt, size_bytes: int) -> NewBatch:
    check_no_orders(seen.form.header)
    known = tells_who(seen.columns)
    state = BatchState.READING if known else BatchState.MAPPING
    return new_batch_of(order, seen, size_bytes, state, None)
