"""Backups: the database and the attachments in one folder, made from a running hub, and back again.

The database is copied first and the attachments after it: an attachment is durable before the row
that names it, so whatever the copied database names is among the copied attachments. A backup is
written beside its name and renamed when it is complete: a folder with the right name is whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from hub.core.errors import Conflict, Invalid, Unavailable

from .engine import is_sqlite
from .lock import FileLock

MANIFEST = "manifest.json"
_NAME = "hub-%Y%m%dT%H%M%S%fZ"
_PATTERN = "hub-*Z"
_FORMAT = 1
_FILES = {"sqlite": "hub.sqlite", "postgresql": "hub.pgdump"}


def make_backup(url: str, blobs: Path, folder: Path) -> Path:
    """Copy the database at `url` and the attachments below `blobs` into a new folder in `folder`.

    Blocks; safe while a hub writes. Returns the new folder. Raises Unavailable when it cannot be
    made (disk full, no pg_dump); then nothing is left behind.
    """
    moment = datetime.now(UTC)
    target = folder / moment.strftime(_NAME)
    aside = target.with_suffix(".partial")
    kind = make_url(url).get_backend_name()
    previous = next(iter(reversed(list_backups(folder))), None) if folder.exists() else None
    try:
        aside.mkdir(parents=True, mode=0o700)
        database = aside / _FILES[kind]
        dump = _dump_sqlite if kind == "sqlite" else _dump_postgresql
        dump(make_url(url), database)
        count = _copy_blobs(blobs, aside / "blobs", previous and previous / "blobs")
        manifest = {
            "format": _FORMAT,
            "made_at": moment.isoformat(),
            "database": kind,
            "sha256": _sha256(database),
            "attachments": count,
        }
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
        for path in (database, aside / MANIFEST, aside):
            _sync(path)
        aside.rename(target)
        _sync(folder)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"The backup could not be made: {error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def list_backups(folder: Path) -> list[Path]:
    """Return the complete backups in `folder`, oldest first."""
    return sorted(path for path in folder.glob(_PATTERN) if (path / MANIFEST).is_file())


def made_at(backup: Path) -> datetime:
    """Return when a backup was made (UTC), which is its name."""
    return datetime.strptime(backup.name, _NAME).replace(tzinfo=UTC)


def prune_backups(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups and return what was removed."""
    old = list_backups(folder)[:-keep] if keep else []
    for path in old:
        shutil.rmtree(path)
    return old


def restore_backup(source: Path, url: str, blobs: Path) -> int:
    """Bring the backup in `source` into an unused database at `url` and the folder `blobs`.

    No hub may work on that database. Returns the number of attachments. Raises Invalid for a folder
    that is no whole backup or is of the other kind of database, Conflict where the database is in
    use or has something in it: move that away first, nothing is overwritten.
    """
    try:
        manifest = json.loads((source / MANIFEST).read_text("utf-8"))
        database = source / _FILES[manifest["database"]]
        whole = manifest["format"] == _FORMAT and _sha256(database) == manifest["sha256"]
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(f"{source} is not a backup of a hub: {error}") from error
    if not whole:
        raise Invalid(f"{database} has changed since the backup was made; use another backup")
    if manifest["database"] != make_url(url).get_backend_name():
        raise Invalid(f"This is a backup of {manifest['database']}; set database_url to one")
    if is_sqlite(url):
        _restore_sqlite(database, Path(make_url(url).database or ""))
    else:
        _restore_postgresql(database, make_url(url))
    return _copy_blobs(source / "blobs", blobs, None, link=False)


def _dump_sqlite(url: URL, target: Path) -> None:
    """Copy page by page in one read transaction (https://sqlite.org/backup.html): writers go on."""
    address = f"{Path(url.database or '').absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=30)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.execute("PRAGMA query_only=ON").close()
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE").close()


def _restore_sqlite(source: Path, target: Path) -> None:
    with FileLock(target):
        if target.exists():
            raise Conflict(f"{target} exists: move it away, then restore again", code="not_empty")
        aside = target.with_name(f"{target.name}.restoring")
        shutil.copyfile(source, aside)
        with closing(sqlite3.connect(aside)) as copy:
            (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            aside.unlink()
            raise Invalid(f"{source} is damaged ({verdict}); use another backup")
        _sync(aside)
        aside.rename(target)
        _sync(target.parent)


def _dump_postgresql(url: URL, target: Path) -> None:
    _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={target}")


def _restore_postgresql(source: Path, url: URL) -> None:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            if connection.execute(text(tables)).scalar_one():
                raise Conflict(
                    f"The database {url.database} has tables: give an empty one", code="not_empty"
                )
    finally:
        engine.dispose()
    _run(url, "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(source))


def _run(url: URL, program: str, *arguments: str) -> None:
    """Run a PostgreSQL client; the password goes through the environment, where `ps` sees none."""
    path = shutil.which(program)
    if path is None:
        raise Unavailable(f"{program} is not installed: apt-get install postgresql-client")
    address = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(  # noqa: S603 - a fixed program; the address is the settings'
        [path, f"--dbname={address}", *arguments],
        env={**os.environ, "PGPASSWORD": url.password or ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(f"{program} failed: {''.join(reason)}")


def _copy_blobs(source: Path, target: Path, previous: Path | None, *, link: bool = True) -> int:
    """Copy every finished blob that is not in `target` yet and return how many there are now.

    With `link`, bytes already on that disk (the live folder, the previous backup) are hard-linked:
    blobs never change, so the backups of many nights share them.
    """
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for path in _blobs(source):
        below = path.relative_to(source)
        copy = target / below
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            places = (path, *((previous / below,) if previous else ())) if link else ()
            try:
                if not any(_link(place, copy) for place in places):
                    shutil.copy2(path, copy)
                    _sync(copy)
            except FileNotFoundError:  # erased meanwhile, as its row was
                continue
        count += 1
    return count


def _blobs(folder: Path) -> Iterator[Path]:
    for below in sorted(folder.glob("??")):
        yield from (path for path in sorted(below.iterdir()) if not path.suffix)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOENT, errno.ENOTSUP):
            return False
        raise
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
