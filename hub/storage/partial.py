"""Indexes of the rows that are looked for alone: due ones, open ones. Both databases have them.

SQLite uses such an index only where the question proves its condition, and a list of parameters
proves nothing (https://sqlite.org/partialindex.html, section 3.1): ask by `in_words`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Index, TextClause, literal_column


def partial_index(
    name: str, *columns: Any, where: ColumnElement[bool] | TextClause, unique: bool = False
) -> Index:
    """Return the index, on the table of `columns`, of the rows for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def in_words(column: Column[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """Return that `column` is one of `words`, which are ours and are sent as they are, in quotes.

    Raises ValueError for a word that is not made of small letters, digits and underscores.
    """
    known = list(words)
    if not all(word.isascii() and word.replace("_", "a").isalnum() for word in known):
        raise ValueError(f"{known} are not words of ours")
    return column.in_([literal_column(f"'{word}'") for word in known])
