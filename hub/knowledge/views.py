"""What others are told of articles."""

from __future__ import annotations

from datetime import datetime

from hub.web.shapes import View

from .model import ArticleState, Audience, Format


class ArticleRow(View, frozen=True):
    """An article in a list or as a suggestion."""

    id: str
    topic_id: str
    language: str
    question: str
    answer: str
    state: ArticleState
    audience: Audience
    tags: list[str]
    uses: int
    helpful: int
    not_helpful: int
    out_of_date: bool
    expired: bool
    updated_at: datetime
    version: int
    format: Format


class TranslationView(View, frozen=True):
    id: str
    language: str
    state: ArticleState
    out_of_date: bool


class ArticleView(ArticleRow, frozen=True):
    """The whole article, with its translations."""

    owner_id: str | None
    owner_name: str | None
    source_contact_id: str | None
    key: str | None  # its name in the shop's own files
    help_path: str | None  # of its page in the help, where it is public
    review_due_at: datetime | None
    flagged_at: datetime | None
    flag_reason: str | None  # not_helpful
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    created_by: str | None
    updated_by: str | None
    translations: list[TranslationView]


class VersionView(View, frozen=True):
    version: int
    question: str
    answer: str
    state: ArticleState
    changed_at: datetime
    changed_by: str | None
    changed_by_name: str


class SuggestionView(View, frozen=True):
    """`score` is 0-1 among these; `cases` are similar contacts that this article resolved."""

    article: ArticleRow
    score: float
    cases: int
    used: bool  # in this contact already


class LearnedView(View, frozen=True):
    """The last refit; None before the first. Shares are 0-1, judged on questions held back."""

    fitted_at: datetime | None = None
    articles: int = 0
    cases: int = 0
    held: int = 0
    threshold: float | None = None
    precision: float | None = None  # of suggestions made, those that are right
    recall: float | None = None  # of questions that can be answered, those that are
