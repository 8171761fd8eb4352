"""What a hub of its own does and the hubs of the tests do not (tests/conftest.py)."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from hub.accounts.passwords import Passwords
from hub.storage import engine

# Read when this file is imported: before any fixture has changed them.
SYNCHRONOUS = engine._SYNCHRONOUS
MEMORY_KIB = inspect.signature(Passwords).parameters["memory_kib"].default


def test_an_acknowledged_commit_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SYNCHRONOUS", SYNCHRONOUS)
    opened = engine.open_engine(f"sqlite+pysqlite:///{tmp_path / 'hub.sqlite3'}", reading=False)
    with opened.connect() as connection:
        full = 2  # https://sqlite.org/pragma.html#pragma_synchronous
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    opened.dispose()


def test_passwords_are_hashed_as_owasp_advises() -> None:
    passwords = Passwords(memory_kib=MEMORY_KIB)
    assert passwords.hash_now("four plain words").startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    passwords.close()
