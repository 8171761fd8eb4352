"""Words of the knowledge store. Pure: no I/O, no clock."""

from __future__ import annotations

from enum import StrEnum


class ArticleState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"  # right, and for colleagues to use
    PUBLISHED = "published"  # may be shown to customers too, as far as its audience goes
    RETIRED = "retired"


class Audience(StrEnum):
    INTERNAL = "internal"  # for us only: never inserted into an answer
    CUSTOMER = "customer"  # may be told to a customer
    PUBLIC = "public"  # may stand on the help pages


MOVES: dict[ArticleState, frozenset[ArticleState]] = {
    ArticleState.DRAFT: frozenset(
        {ArticleState.APPROVED, ArticleState.PUBLISHED, ArticleState.RETIRED}
    ),
    ArticleState.APPROVED: frozenset(
        {ArticleState.DRAFT, ArticleState.PUBLISHED, ArticleState.RETIRED}
    ),
    ArticleState.PUBLISHED: frozenset(
        {ArticleState.DRAFT, ArticleState.APPROVED, ArticleState.RETIRED}
    ),
    ArticleState.RETIRED: frozenset({ArticleState.DRAFT}),
}
# What agents find and are suggested.
USABLE = frozenset({ArticleState.APPROVED, ArticleState.PUBLISHED})


def may_move(before: ArticleState, after: ArticleState) -> bool:
    """Say whether the table lists this pair."""
    return after in MOVES[before]


def same_language(one: str, other: str) -> bool:
    """Say whether two language tags name one language: zh-CN and zh do, zh and en do not."""
    return one.split("-")[0].casefold() == other.split("-")[0].casefold()
