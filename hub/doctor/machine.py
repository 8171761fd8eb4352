"""The machine: data folder, disk space, database, ports, public names."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from hub.core.findings import Finding, fault, warning, well
from hub.core.hosts import LOOPBACK, reachable
from hub.settings import Settings

SCARCE_BYTES = 1 << 30  # below one gibibyte a busy hub's attachments soon fill the disk
SLOW_S = 0.05
_ANSWER_S = 2.0


def check_data_folder(settings: Settings) -> Iterator[Finding]:
    """Is the data folder there or can it be made, is it private, has it room."""
    folder = settings.data_path()
    nearest = _nearest(folder)
    wrong = _why_not_made_in(nearest, "set data_dir")
    if wrong is not None:
        yield fault("data", *wrong)
        return
    what = f"{folder} is there" if folder.exists() else f"{folder} will be made at the first start"
    yield well("data", what)
    if folder.exists() and folder.stat().st_mode & 0o077:
        yield warning("data", "other users of this machine can read it", f"chmod 700 {folder}")
    free_bytes = shutil.disk_usage(nearest).free
    if free_bytes < SCARCE_BYTES:
        what = f"only {free_bytes >> 20} MiB are free there"
        yield warning("data", what, "free some space; a full disk makes the hub refuse everything")


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the one above it that is there."""
    return next(place for place in (folder, *folder.parents) if os.path.lexists(place))


def _why_not_made_in(nearest: Path, otherwise: str) -> tuple[str, str] | None:
    """Return what is wrong and what to do where nothing can be made in this folder.

    Permissions do not tell (root has them all, and /proc or a full disk takes nothing): it is
    tried, and what was made is taken away at once.
    """
    if not os.path.isdir(nearest):  # Path.is_dir raises where we may not look
        return f"{nearest} is no folder", f"{otherwise} to a folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        mend = f"chown {nearest} to the user that runs the hub, or {otherwise}"
        return f"{nearest} cannot be written by this user", mend
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".hub-doctor-", dir=nearest))
    except OSError as error:
        what = f"nothing can be made in {nearest}: {error.strerror or error}"
        return what, f"{otherwise} to a folder on a disk that can be written and has room"
    return None


def check_database(settings: Settings) -> Iterator[Finding]:
    """Does the database answer, is it of the right kind, and does it keep what it has committed."""
    url = make_url(settings.database())
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not os.path.exists(path):
            wrong = _why_not_made_in(_nearest(path.parent), "set data_dir or database_url")
            if wrong is not None:
                yield fault("database", *wrong)
                return
            yield well("database", f"SQLite, {path} will be made by hub migrate or the first start")
            return
        url = url.set(database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(url, hide_parameters=True)
    began = time.monotonic()
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            answer_s = time.monotonic() - began
            look = _look_at_sqlite if engine.dialect.name == "sqlite" else _look_at_postgresql
            yield from look(connection)
            yield from _look_at_schema(connection)
            yield from _look_at_links(connection)
        if answer_s > SLOW_S:
            what = f"took {answer_s * 1000:.0f} ms to connect and answer"
            yield warning("database", what, "put the database nearer to the hub")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        mend = "start it, or set database_url to where it is, with the right name and password"
        yield fault("database", f"{url.render_as_string(hide_password=True)}: {reason}", mend)
    finally:
        engine.dispose()


def _look_at_sqlite(connection: Connection) -> Iterator[Finding]:
    version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    yield well("database", f"SQLite {version}")
    options = {row[0] for row in connection.execute(text("PRAGMA compile_options"))}
    if "ENABLE_FTS5" not in options:
        mend = "use a Python with a full SQLite, or PostgreSQL"
        yield fault("database", "this SQLite has no full-text search (FTS5)", mend)


def _look_at_postgresql(connection: Connection) -> Iterator[Finding]:
    asked = ("server_version", "server_encoding", "synchronous_commit", "fsync")
    found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in asked}
    yield well("database", f"PostgreSQL {found['server_version']}")
    if found["server_encoding"] != "UTF8":
        mend = "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        yield fault("database", f"its encoding is {found['server_encoding']}", mend)
    for name in ("synchronous_commit", "fsync"):
        if found[name] in ("off", "local"):
            what = f"{name} is {found[name]}: a power cut loses what was acknowledged"
            yield fault("database", what, f"set {name} = on in postgresql.conf")


def _look_at_schema(connection: Connection) -> Iterator[Finding]:
    there = connection.dialect.has_table(connection, "contacts")
    if not there:
        yield warning("database", "it has no tables yet", "hub migrate (the first start does it)")
        return
    unread = connection.execute(
        text(
            "SELECT count(*) FROM contacts WHERE state = 'quarantined'"
            " AND coalesce(quarantine_reason, '') NOT LIKE 'spam%'"
            " AND coalesce(quarantine_reason, '') NOT LIKE 'blocked%'"
        )
    ).scalar_one()
    if unread:
        what = f"{unread} that came in could not be read and wait in quarantine"
        yield warning("quarantine", what, "look at them in the console: Quarantine")


_UNDELIVERED = text("""
SELECT u.email, coalesce(l.undelivered, o.last_error) AS why
FROM password_links l JOIN users u ON u.id = l.user_id
LEFT JOIN outbox o ON o.dedupe_key = 'password_link:' || l.token_sha256 AND o.state = 'failed'
WHERE coalesce(l.undelivered, o.last_error) IS NOT NULL ORDER BY u.email LIMIT 10
""")


def _look_at_links(connection: Connection) -> Iterator[Finding]:
    """Links to set a password whose mails did not arrive; a database of an older hub knows none."""
    if not connection.dialect.has_table(connection, "password_links"):
        return
    columns = {column["name"] for column in inspect(connection).get_columns("password_links")}
    if "undelivered" not in columns:
        return
    for row in connection.execute(_UNDELIVERED):
        what = f"the link to set a password did not reach {row.email}: {row.why}"
        yield warning("links", what, "correct the address under People, or hand the link over")


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Can each port be opened, or is it this hub that has it already."""
    server = settings.server
    running = _answers(f"http://{reachable(server.host)}:{server.port}/healthz")
    for key, host, port in (
        ("port", server.host, server.port),
        ("chat_port", server.chat_host, server.chat_port),
        ("mail_port", server.mail_host, server.mail_port),
    ):
        if port < 0:
            yield well("ports", "mail intake by SMTP is off (server.mail_port = -1)")
            continue
        reason = _why_not_open(host, port)
        if reason is None:
            yield well("ports", f"{host}:{port} is free for server.{key}")
        elif running:
            yield well("ports", f"{host}:{port} is in use, and a hub is running")
        else:
            mend = f"stop the program that has it (ss -ltnp) or set server.{key}"
            yield fault("ports", f"{host}:{port}: {reason}", mend)


def _why_not_open(host: str, port: int) -> str | None:
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address[4])
    except OSError as error:
        return error.strerror or str(error)
    return None


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=_ANSWER_S) as answer:  # noqa: S310 - http of our own settings
            return bool(answer.status == 200)
    except OSError:
        return False


def check_names(settings: Settings) -> Iterator[Finding]:
    """Are the public names set where others than this machine shall reach the hub."""
    server = settings.server
    outside = server.host not in LOOPBACK
    if not server.public_base_url:
        if outside:
            mend = 'set server.public_base_url = "https://…", the name in the browser'
            yield fault("names", f"others can reach {server.host}, but the hub has no name", mend)
        else:
            yield well("names", f"for this machine only: {server.base_url()}")
        return
    base, chat = urlsplit(server.base_url()), urlsplit(server.chat_socket_url())
    yield well("names", f"console at {server.base_url()}, chat at {server.chat_socket_url()}")
    if base.scheme != "https" and base.hostname not in LOOPBACK:
        mend = "put a reverse proxy with a certificate before the hub (docs/operations.md)"
        yield warning("names", "passwords and chats travel unencrypted", mend)
    if not server.chat_url:
        mend = 'set server.chat_url = "wss://…", the address in customers\' browsers'
        yield fault("names", "customers' browsers would look for the chat on this machine", mend)
    elif base.scheme == "https" and chat.scheme != "wss":
        mend = "set server.chat_url to a wss:// address"
        yield fault("names", "browsers refuse ws:// on an https page", mend)
