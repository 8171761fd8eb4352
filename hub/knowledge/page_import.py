"""Drafts from files: one for each key and language; the same file again changes nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select, update

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Forbidden, HubError, Invalid
from hub.storage import Tx
from hub.web.shapes import View

from .model import ArticleState, Format
from .page_files import PageRefused, PageText, read_page
from .service import ChangeArticle, WriteArticle, change_article, write_article
from .tables import articles

CHECKED = "page.checked"


class PageOutcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class PageDone(View, frozen=True):
    """What became of one file. `reason`: why it was refused, and `code` the same for programs: one
    of page.ending, page.too_large, page.not_text, page.empty, page.too_long, page.language,
    page.checked (there is an article with this key that is no draft), or an error's. `left_out`:
    pictures.
    """

    name: str
    outcome: PageOutcome
    reason: str = ""
    code: str = ""
    article_id: str | None = None
    title: str = ""
    language: str = ""
    left_out: int = 0


class ImportPage(NamedTuple):
    actor: Actor
    name: str
    page: PageText


def read_file(name: str, data: bytes) -> PageText | PageDone:
    """Return what a file says, or why it is refused."""
    try:
        return read_page(name, data)
    except PageRefused as refused:
        return PageDone(
            name=name[:200], outcome=PageOutcome.REFUSED, reason=str(refused), code=refused.code
        )


def import_page(tx: Tx, cmd: ImportPage) -> PageDone:
    """Make a draft of a page or change the one there is; what is checked is left alone."""
    page = cmd.page
    table = articles.c
    known = tx.execute(select(articles).where(table.key == page.key).order_by(table.id)).all()
    row = next((one for one in known if one.language == page.language), None)
    if row is None:
        article_id = write_article(
            tx,
            WriteArticle(
                cmd.actor,
                page.language,
                page.title,
                page.body,
                translates=known[0].id if known else None,
                format=Format.MARKDOWN,
            ),
        )
        tx.execute(update(articles).where(table.id == article_id).values(key=page.key))
        return _done(cmd, PageOutcome.CREATED, article_id)
    if (row.question, row.answer) == (page.title, page.body):
        return _done(cmd, PageOutcome.UNCHANGED, row.id)
    if row.state != ArticleState.DRAFT:
        why = f"There is an article with the key {page.key!r}, and it is {row.state}: change it."
        return _done(cmd, PageOutcome.REFUSED, row.id, why, CHECKED)
    change_article(
        tx,
        ChangeArticle(
            cmd.actor,
            row.id,
            reviews=False,
            question=page.title,
            answer=page.body,
            format=Format.MARKDOWN,
        ),
    )
    return _done(cmd, PageOutcome.CHANGED, row.id)


REFUSALS = (Conflict, Forbidden, Invalid)


def refused_page(cmd: ImportPage, error: HubError) -> PageDone:
    """Say why a page that was read could not be written."""
    return _done(cmd, PageOutcome.REFUSED, None, error.message, error.reason)


def _done(
    cmd: ImportPage,
    outcome: PageOutcome,
    article_id: str | None,
    reason: str = "",
    code: str = "",
) -> PageDone:
    page = cmd.page
    return PageDone(
        name=cmd.name[:200],
        outcome=outcome,
        reason=reason,
        code=code,
        article_id=article_id,
        title=page.title,
        language=page.language,
        left_out=page.left_out,
    )
