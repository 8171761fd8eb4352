from __future__ import annotations

from pathlib import Path

import pytest
from alembic.runtime.migration import HeadMaintainer
from sqlalchemy import create_engine, inspect

from hub import schema


def test_the_tables_in_the_code_are_those_of_the_history(database_url: str) -> None:
    schema.check(database_url)


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.check(database_url)


def test_an_upgrade_stopped_half_way_never_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite: of PostgreSQL nobody doubts it."""
    url = f"sqlite+pysqlite:///{tmp_path / 'hub.sqlite3'}"

    def stopped(*_: object) -> None:
        raise InterruptedError

    # Called when the first revision has made its tables.
    monkeypatch.setattr(HeadMaintainer, "update_to_step", stopped)
    with pytest.raises(InterruptedError):
        schema.upgrade(url)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
