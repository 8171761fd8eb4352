"""Statements over many rows begin with those rows: SQLite must not walk what is in some state, or
in some queue, and look each of it up among them. It chooses by what a statement says.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import hub
from hub.schema import upgrade
from hub.storage.bulk import Statement

BY_ITS_KEY = re.compile(r"INDEX (?:sqlite_autoindex_|uq_)")  # a subquery: one look for each row
FEW = ("ix_phone_calls_live",)  # calls that go on
_NAME = re.compile(r"(?<![:\w]):(\w+)")


def all_statements() -> list[str]:
    """Return the texts for SQLite of all statements that modules of the hub hold. Those that are
    put together as it runs are not among them: whether they are there depends on what ran before.
    """
    found: dict[int, Statement] = {}
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            for held in vars(importlib.import_module(module.name)).values():
                found |= {id(one): one for one in statements_in(held)}
    return [one._sql["sqlite"] for one in found.values()]


def statements_in(held: object) -> Iterator[Statement]:
    if isinstance(held, Statement):
        yield held
    elif isinstance(held, Mapping):
        for inner in list(held.values()):
            yield from statements_in(inner)
    elif isinstance(held, list | tuple):
        for inner in held:
            yield from statements_in(inner)


def plan_of(database: sqlite3.Connection, sql: str) -> list[str]:
    """Return its plan; [] for what is PostgreSQL's own."""
    values = dict.fromkeys(_NAME.findall(sql), "x") | {"rows": json.dumps([["x"] * 12])}
    try:
        return [str(row[-1]) for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    except sqlite3.OperationalError:
        return []


def walked_before_the_rows(plan: list[str]) -> list[str]:
    rows = next((n for n, line in enumerate(plan) if "VIRTUAL TABLE" in line), None)
    if rows is None:
        return []
    read = [line for line in plan[:rows] if re.match(r"(?:SEARCH|SCAN) ", line)]
    return [one for one in read if not BY_ITS_KEY.search(one) and not any(f in one for f in FEW)]


def test_what_is_asked_of_some_rows_reads_those_rows_first(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    upgrade(f"sqlite+pysqlite:///{path}")
    with sqlite3.connect(path) as database:
        plans = {sql: plan_of(database, sql) for sql in all_statements() if ":rows" in sql}
    database.close()
    assert sum(bool(plan) for plan in plans.values()) > 100
    assert {sql: bad for sql, plan in plans.items() if (bad := walked_before_the_rows(plan))} == {}
