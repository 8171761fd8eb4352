"""By which column SQLite shall not look for rows. Without statistics, which the hub never makes, it
takes a state for ten rows: asked for some contacts by who they are and by their state, it may read
all that are in that state. A `+` before the column keeps it from that
(https://sqlite.org/optoverview.html, "Disqualifying WHERE Clause Terms Using Unary-+"). PostgreSQL
counts for itself, and is sent the bare column.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Aside(FunctionElement[Any]):
    inherit_cache = True


def aside(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column, for a condition that sorts out rows and finds none."""
    beside = _Aside(column)
    beside.type = column.type
    return beside


@compiles(_Aside)
def _bare(element: _Aside, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(_Aside, "sqlite")
def _plus(element: _Aside, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"
