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

# Why a page is refused, for programs (page_files.Refusal has those of files).
CHECKED = "page.checked"
OTHERS = "page.others"
SAME_KEY = "page.same_key"


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
    """`own`: a draft that somebody else answers for is not changed."""

    actor: Actor
    name: str
    page: PageText
    own: bool = False


def read_file(name: str, data: bytes, folder: str = "") -> PageText | PageDone:
    """Return what a file says, or why it is refused. `folder`: see read_page."""
    try:
        return read_page(name, data, folder)
    except PageRefused as refused:
        return refused_file(name, str(refused), refused.code)


def refused_file(name: str, why: str, code: str = "") -> PageDone:
    """Say why a file could not be read as a page."""
    return PageDone(name=name[:200], outcome=PageOutcome.REFUSED, reason=why, code=code)


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
    if cmd.own and row.owner_id not in (None, cmd.actor.id):
        why = (
            f"There is a draft with the key {page.key!r} that somebody else answers for: "
            "change it, or give the file another name."
        )
        return _done(cmd, PageOutcome.REFUSED, row.id, why, OTHERS)
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


def same_page(cmd: ImportPage, first: str) -> PageDone:
    """Refuse a page whose key and language another file of the same run has, `first` by name."""
    why = (
        f"{first} has the same key {cmd.page.key!r} in the same language {cmd.page.language}: "
        "give one of the two another name or `key:`."
    )
    return _done(cmd, PageOutcome.REFUSED, None, why, SAME_KEY)


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
