"""Fixtures for every test: a store on SQLite and on PostgreSQL, a manual clock, a bus."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web_app
from sqlalchemy import create_engine

from hub.accounts.passwords import Passwords
from hub.channels.phone.twilio import webhooks
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.schema import upgrade
from hub.storage import DirectoryBlobs, Store, engine
from hub.testing.clock import ManualClock
from hub.testing.compiled import SharedCompiling
from hub.testing.databases import PostgreSQLMissing, PrivatePostgreSQL, SqliteTemplate

TESTS = Path(__file__).parent


def skip_missing(part: str) -> None:
    """Skip for a part this machine lacks; in CI a missing part is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"missing part: {part}")
    pytest.skip(f"missing part: {part}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs that share a machine may have a second try, which the summary names.

    Everything else has one, as has whoever says so: see docs/decisions/0015.
    """
    for item in items:
        if item.path.is_relative_to(TESTS / "browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_collection_finish() -> None:
    """What was imported is not looked through again at every garbage collection, as in a hub.

    What a test leaves is: once for some twenty hubs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 5)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a first try failed is told, also where the second passed: it is mended, not forgotten."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"first try of {report.nodeid}", yellow=True)
        terminalreporter.line(report.longreprtext)


@pytest.fixture(scope="session", autouse=True)
def nobody_pulls_the_plug() -> Iterator[None]:
    """What real life pays for power cuts and stolen hashes, hubs inside a test do not pay.

    Commits do not wait for the disk, and passwords are hashed with little memory: tests/unit/
    test_as_shipped.py looks at what a hub of its own does.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_SYNCHRONOUS", "OFF")
        patch.setattr(Passwords.__init__, "__kwdefaults__", {"memory_kib": 256})
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Hubs and stores of tests do as one that runs for longer: none compiles all of it anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", SharedCompiling(create_engine))
        yield


@pytest.fixture(autouse=True)
def nothing_is_left_of_a_hub() -> Iterator[None]:
    """aiohttp keeps the last 1,024 handlers, and by them whole hubs, five megabytes each."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(autouse=True)
def a_machine_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds without a turn happen on machines that run tests: no caller is sent away for it.

    The tests of that limit set their own.
    """
    monkeypatch.setattr(webhooks, "_ANSWER_WITHIN_S", 15.0)


@pytest.fixture(scope="session")
def sqlite_template() -> SqliteTemplate:
    return SqliteTemplate()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PrivatePostgreSQL]:
    try:
        server = PrivatePostgreSQL()
    except PostgreSQLMissing as missing:
        skip_missing(str(missing))
    with server:
        upgrade(server.create("hub_template"))
        yield server


@pytest.fixture(scope="session")
def free_databases() -> list[str]:
    """Databases that a test has given back, empty again."""
    return []


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with the schema; each test that asks runs on both kinds."""
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        yield template.create(tmp_path)
        return
    server: PrivatePostgreSQL = request.getfixturevalue("postgresql")
    free: list[str] = request.getfixturevalue("free_databases")
    if not free:
        free.append(f"test_{new_id().replace('-', '')}")
        server.create(free[-1], "hub_template")
    name = free.pop()
    yield server.url(name)
    if server.empty(name):
        free.append(name)
    else:
        server.drop(name)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def blobs(tmp_path: Path) -> DirectoryBlobs:
    return DirectoryBlobs(tmp_path / "blobs")


@pytest.fixture
async def store(database_url: str, bus: Bus, clock: ManualClock) -> AsyncIterator[Store]:
    """A store on both databases, with the manual clock."""
    async with Store(database_url, bus, clock) as opened:
        yield opened


@pytest.fixture
async def sqlite_store(
    sqlite_template: SqliteTemplate, tmp_path: Path, bus: Bus, clock: ManualClock
) -> AsyncIterator[Store]:
    """A store on SQLite only: for tests whose subject is not the database."""
    async with Store(sqlite_template.create(tmp_path), bus, clock) as opened:
        yield opened
