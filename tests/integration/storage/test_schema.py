from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.runtime.migration import HeadMaintainer
from alembic.util.exc import CommandError
from sqlalchemy import create_engine, inspect, text

from hub import schema
from hub.core.errors import Unavailable


def test_the_tables_in_the_code_are_those_of_the_history(database_url: str) -> None:
    schema.check(database_url)


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    schema.upgrade(database_url)
    schema.check(database_url)


def test_the_newest_schema_is_known_without_loading_the_history(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What upgrade has made is what it takes for the newest, by the names of the files."""

    def load(*_: object) -> None:
        raise AssertionError("every start pays for reading all revisions")

    monkeypatch.setattr(command, "upgrade", load)
    schema.upgrade(database_url)


def test_an_older_schema_is_brought_to_the_newest(tmp_path: Path) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 'hub.sqlite3'}"
    schema._run(url, lambda config: command.upgrade(config, "head-1"))
    with pytest.raises(CommandError):
        schema.check(url)
    schema.upgrade(url)
    schema.check(url)


def test_a_database_of_a_newer_hub_is_left_alone_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite+pysqlite:///{tmp_path / 'hub.sqlite3'}"
    schema.upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match=r"newer hub \(schema 9999"):
        schema.upgrade(url)
    with engine.begin() as connection:
        held = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert held == ["9999"]
    engine.dispose()


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
