"""Words of the knowledge store. Pure: no I/O, no clock."""

from __future__ import annotations

import re
from enum import StrEnum


class ArticleState(StrEnum):
    DRAFT = "draft"
    NOT_VALIDATED = "not_validated"  # captured while working, for colleagues to use and to mend
    APPROVED = "approved"  # right, and for colleagues to use
    PUBLISHED = "published"  # may be shown to customers too, as far as its audience goes
    RETIRED = "retired"


class Audience(StrEnum):
    INTERNAL = "internal"  # for us only: never inserted into an answer
    CUSTOMER = "customer"  # may be told to a customer
    PUBLIC = "public"  # may stand on the help pages


_CHECKED = frozenset({ArticleState.APPROVED, ArticleState.PUBLISHED})
MOVES: dict[ArticleState, frozenset[ArticleState]] = {
    ArticleState.DRAFT: _CHECKED | {ArticleState.NOT_VALIDATED, ArticleState.RETIRED},
    ArticleState.NOT_VALIDATED: _CHECKED | {ArticleState.DRAFT, ArticleState.RETIRED},
    ArticleState.APPROVED: frozenset(
        {ArticleState.DRAFT, ArticleState.PUBLISHED, ArticleState.RETIRED}
    ),
    ArticleState.PUBLISHED: frozenset(
        {ArticleState.DRAFT, ArticleState.APPROVED, ArticleState.RETIRED}
    ),
    ArticleState.RETIRED: frozenset({ArticleState.DRAFT}),
}
# What every agent may write in; the rest is changed by those who review.
OPEN = frozenset({ArticleState.DRAFT, ArticleState.NOT_VALIDATED})
# What agents find and are suggested.
USABLE = _CHECKED | {ArticleState.NOT_VALIDATED}


class Format(StrEnum):
    """How an answer is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


class Outcome(StrEnum):
    """What became of what was learned in a contact, said when it closes."""

    LINKED = "linked"  # an article answered it
    CAPTURED = "captured"  # it became one
    NOT_NEEDED = "not_needed"
    MISSING = "missing"  # an article should have answered it, and there is none


def may_move(before: ArticleState, after: ArticleState) -> bool:
    """Say whether the table lists this pair."""
    return after in MOVES[before]


def slug_of(article_id: str, title: str) -> str:
    """Return an article's name in addresses: its Latin words, and an end that nobody else has."""
    words = re.findall(r"[a-z0-9]+", title.casefold())
    return "-".join([*words, article_id[-12:]])[-110:].strip("-")


def same_language(one: str, other: str) -> bool:
    """Say whether two language tags name one language: zh-CN and zh do, zh and en do not."""
    return one.split("-")[0].casefold() == other.split("-")[0].casefold()
