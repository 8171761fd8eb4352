"""Indexes of the rows that are looked for alone: due ones, open ones. Both databases have them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index


def partial_index(
    name: str, *columns: Any, where: ColumnElement[bool], unique: bool = False
) -> Index:
    """Return the index, on the table of `columns`, of the rows for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
