from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from hub import schema


def test_the_tables_in_the_code_are_those_of_the_history(database_url: str) -> None:
    schema.check(database_url)


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.check(database_url)


def test_an_upgrade_stopped_half_way_never_was(tmp_path: Path) -> None:
    """SQLite: of PostgreSQL nobody doubts it."""
    url = f"sqlite+pysqlite:///{tmp_path / 'hub.sqlite3'}"

    def stopped(config: Config) -> None:
        command.upgrade(config, "0002")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        schema._run(url, stopped)
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
