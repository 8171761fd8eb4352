"""The canned responses a user is offered: of the file, of teams, their own; most used first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, or_, select

from hub.accounts.audit import AuditLine, list_history
from hub.contacts.tables import canned_responses
from hub.customers.pinyin import search_words
from hub.storage import Tx
from hub.web.principal import Principal
from hub.web.shapes import View

from .rights import may_change
from .service import get_response, is_offered
from .tables import response_uses, responses

_MOST = 2_000


class TextView(View, frozen=True):
    """`found_by`: the title in pinyin, whole and as first letters."""

    title: str
    text: str
    html: str | None
    found_by: list[str]


class KeptFile(View, frozen=True):
    id: str
    name: str
    media_type: str
    size_bytes: int


class ResponseView(View, frozen=True):
    """`origin`: "file" (the set-up's, changed there), "team", "own". `version` 0: of the file."""

    id: str
    origin: str
    texts: dict[str, TextView]
    category: str
    queues: list[str]
    teams: list[str]
    files: list[KeptFile]
    uses: int
    version: int
    may_change: bool
    changed_by: str | None = None


def list_responses(tx: Tx, principal: Principal) -> list[ResponseView]:
    """Return what this user is offered, the most used first."""
    uses = {row.response_id: row.uses for row in tx.execute(select(response_uses))}
    shown = [_of_file(row, uses) for row in _file_rows(tx)]
    shown += [
        _of_page(row, principal, uses)
        for row in _page_rows(tx, principal)
        if is_offered(principal, row)
    ]
    return sorted(shown, key=lambda one: (-one.uses, _title(one), one.id))


def history_of(tx: Tx, asked: tuple[Principal, str]) -> list[AuditLine]:
    """Return who changed a response, newest first. Raises NotFound."""
    get_response(tx, asked)
    return list_history(tx, "response", asked[1])


def _title(one: ResponseView) -> str:
    return next(iter(one.texts.values())).title.casefold()


def _file_rows(tx: Tx) -> list[Row[Any]]:
    found = select(canned_responses).where(canned_responses.c.retired.is_(False))
    return list(tx.execute(found.order_by(canned_responses.c.id).limit(_MOST)))


def _page_rows(tx: Tx, principal: Principal) -> list[Row[Any]]:
    theirs = or_(responses.c.owner_id.is_(None), responses.c.owner_id == principal.user_id)
    found = select(responses).where(theirs, responses.c.retired.is_(False))
    return list(tx.execute(found.order_by(responses.c.id).limit(_MOST)))


def _text(title: str, text: str, html: str | None) -> TextView:
    return TextView(title=title, text=text, html=html, found_by=search_words(title))


def _of_file(row: Row[Any], uses: Mapping[str, int]) -> ResponseView:
    return ResponseView(
        id=row.id,
        origin="file",
        texts={row.language: _text(row.title, row.text, None)},
        category="",
        queues=row.queues,
        teams=[],
        files=[],
        uses=uses.get(row.id, 0),
        version=0,
        may_change=False,
    )


def _of_page(row: Row[Any], principal: Principal, uses: Mapping[str, int]) -> ResponseView:
    own = row.owner_id is not None
    return ResponseView(
        id=row.id,
        origin="own" if own else "team",
        texts={
            language: _text(one["title"], one["text"], one.get("html"))
            for language, one in row.texts.items()
        },
        category=row.category,
        queues=row.queues,
        teams=row.teams,
        files=[
            KeptFile(
                id=one["blob_id"],
                name=one["name"],
                media_type=one["media_type"],
                size_bytes=one["size_bytes"],
            )
            for one in row.files
        ],
        uses=uses.get(row.id, 0),
        version=row.version,
        may_change=own or may_change(principal, row.teams),
        changed_by=row.changed_by,
    )
