"""Nobody is disabled past the hand-over of what they hold."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.tree import files, read

LEAVING = Path("hub/care/leaving.py")
ACCOUNTS = Path("hub/accounts/service.py")


def test_only_leaving_disables_a_user() -> None:
    callers = {path for path in files(".py", under="hub") if "disable_user(tx" in read(path)}
    assert callers == {LEAVING, ACCOUNTS}  # the second defines it


def test_one_file_writes_when_a_user_was_disabled() -> None:
    writers = {
        path
        for path in files(".py", under="hub")
        if "disabled_at=tx.now" in read(path) or '"disabled_at"] = ' in read(path)
    }
    assert writers == {ACCOUNTS}
