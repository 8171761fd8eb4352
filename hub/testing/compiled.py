"""Engines of one process that share what SQLAlchemy has compiled, as one long-lived hub does.

Each engine keeps its own otherwise: a test whose store lives for a second compiled every statement
anew, for the writer and again for the readers, a fifth of its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import LRUCache

# Statements of the whole hub, several times over.
_KEPT = 4_000


class SharedCompiling:
    """Makes engines like `make`; those of one kind of database have one dialect and one cache."""

    def __init__(self, make: Callable[..., Engine]) -> None:
        self._make = make
        self._kinds: dict[str, Engine] = {}

    def __call__(self, url: str, **options: Any) -> Engine:
        """Return what `make` returns. Connections, pools and events stay each engine's own."""
        engine = self._make(url, **options)
        kind = self._kinds.get(engine.dialect.name)
        if kind is None:
            # Not the file: a test may look at whether there is one.
            self._keep("sqlite+pysqlite://" if engine.dialect.name == "sqlite" else url)
            kind = self._kinds.get(engine.dialect.name)
        if kind is not None:
            # A cached statement belongs to a dialect: without the same one it is not found.
            engine.dialect = engine.pool._dialect = kind.dialect
            engine._compiled_cache = kind._compiled_cache
        return engine

    def _keep(self, url: str) -> None:
        """The first of a kind asks its database what it can do; one that is away is not kept."""
        first = self._make(url)
        first._compiled_cache = LRUCache(_KEPT)
        try:
            first.connect().close()
        except DBAPIError:
            return
        finally:
            first.dispose()
        self._kinds[first.dialect.name] = first
