"""`hub audit` and the doctor's look at the audit log, as a person types them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.commands.audit import audit as command
from hub.core.bus import Bus
from hub.doctor.audit import check_audit
from hub.settings import Settings
from hub.storage import Store, Tx
from hub.testing.databases import empty_sqlite


def hub_audit(folder: Path, *arguments: str) -> Result:
    environ = {"HUB__DATA_DIR": str(folder), "HUB_CONFIG": ""}
    return CliRunner().invoke(command, list(arguments), env=environ)


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=str(folder))


def doctor(folder: Path) -> str:
    [finding] = check_audit(settings_in(folder))
    return f"{finding.verdict.value}: {finding.what}"


def write(folder: Path, *names: str) -> None:
    async def add() -> None:
        async with Store(settings_in(folder).database(), Bus()) as store:
            for name in names:
                await store.write(_add, name)

    asyncio.run(add())


def _add(tx: Tx, name: str) -> None:
    audit(tx, SYSTEM, "user.add", "user", name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data of a hub whose audit log has three lines."""
    path = settings_in(tmp_path).sqlite_path()
    assert path is not None
    path.write_bytes(empty_sqlite())
    write(tmp_path, "li", "wang", "chen")
    return tmp_path


def change(folder: Path, statement: str) -> None:
    path = settings_in(folder).sqlite_path()
    assert path is not None
    with closing(sqlite3.connect(path)) as rows, rows:
        assert rows.execute(statement).rowcount == 1


def test_a_log_that_is_as_it_was_written_holds(folder: Path) -> None:
    done = hub_audit(folder, "verify")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "holds: 3 lines, up to" in done.stdout
    noted = hub_audit(folder, "head").stdout.strip()
    assert noted.startswith("3:")
    assert f"Newest: {noted}" in done.stdout
    write(folder, "zhao")
    assert hub_audit(folder, "verify", "--noted", noted).exit_code == 0
    assert "the newest of 4 lines are as they were written" in doctor(folder)


def test_a_line_that_was_changed_is_named(folder: Path) -> None:
    change(
        folder,
        "UPDATE audit_log SET actor_name = 'nobody' WHERE id ="
        " (SELECT line_id FROM audit_links WHERE seq = 2)",
    )
    done = hub_audit(folder, "verify")
    assert done.exit_code == 1
    assert "1 lines hold" in done.stdout
    assert "line 2 of 20" in done.stdout
    assert "(user.add): the line was changed" in done.stdout
    assert doctor(folder).startswith("fault: not what was written: line 2 of 20")


def test_lines_that_were_cut_off_are_found_by_what_was_noted(folder: Path) -> None:
    noted = hub_audit(folder, "head").stdout.strip()
    change(folder, "DELETE FROM audit_log WHERE id = (SELECT max(line_id) FROM audit_links)")
    change(folder, "DELETE FROM audit_links WHERE seq = 3")
    assert "a link of the chain is missing" in hub_audit(folder, "verify").stdout
    change(
        folder, "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_links WHERE seq = 2)"
    )
    assert hub_audit(folder, "verify").exit_code == 0
    done = hub_audit(folder, "verify", "--noted", noted)
    assert done.exit_code == 1
    assert "line 3: it is not the link that was noted" in done.stdout


def test_where_there_is_no_log_it_says_so(tmp_path: Path) -> None:
    done = hub_audit(tmp_path, "verify")
    assert done.exit_code == 2
    assert "hub migrate" in done.stderr
    assert hub_audit(tmp_path, "verify", "--noted", "3:x").exit_code == 2
