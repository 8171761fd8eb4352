"""Alembic's environment: one history for SQLite and PostgreSQL, run inside one transaction.

The caller passes a connection (`config.attributes["connection"]`) and, to compare or to generate,
the metadata with every feature's tables (`config.attributes["metadata"]`): storage knows no
feature.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from hub.storage.types import Json, UTCDateTime


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the search tables: FTS5 and tsvector have no common form in the metadata."""
    return not (kind == "table" and (name or "").startswith("search_"))


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own column types into revisions by name."""
    if kind == "type" and isinstance(item, UTCDateTime | Json):
        return f"types.{type(item).__name__}()"
    return False


def run() -> None:
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=attributes.get("metadata"),
        include_name=_is_ours,
        render_item=_render,
        render_as_batch=True,
        compare_type=False,  # our types differ by database on purpose
        transaction_per_migration=False,
        transactional_ddl=True,  # SQLite too: hub.schema begins its transactions itself
    )
    with context.begin_transaction():
        context.run_migrations()


run()
