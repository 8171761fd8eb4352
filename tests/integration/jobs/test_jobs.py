"""Jobs: the command line does them itself, or the hub that holds the database does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from hub.accounts.passwords import Passwords
from hub.core.errors import HubError, NotFound, Unavailable
from hub.core.metrics import Metrics
from hub.jobs import JobServer, NightlyBackup, Workplace, carry_out, open_workplace
from hub.jobs.knowledge import (
    EvaluateKnowledge,
    ImportKnowledge,
    KnowledgeEvaluated,
    KnowledgeImported,
)
from hub.jobs.nightly import RETRY_S
from hub.jobs.privacy import MaskCards, MaskedCards
from hub.jobs.socket import socket_path
from hub.jobs.work import (
    BackupMade,
    BackupTo,
    LeavingUser,
    NewUser,
    UserLeft,
    UserName,
    UserPassword,
)
from hub.settings import Backup, Secret, Settings
from hub.storage import DirectoryBlobs, Store
from hub.storage.backup import list_backups
from hub.storage.lock import FileLock, HubRuns
from hub.testing.clock import ManualClock
from hub.web.principal import Role

ADMIN = NewUser("admin@example.org", "Ada", Role.ADMIN)


async def quiet(_done: int, _total: int) -> None:
    return


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Settings]:
    """A hub that holds the database and takes jobs."""
    await carry_out(settings, "user.add", ADMIN, quiet)
    database = settings.sqlite_path()
    assert database is not None
    with FileLock(database, socket_path(settings)):
        async with open_workplace(settings) as place, JobServer(place).listening():
            yield settings


async def test_without_a_hub_the_command_does_the_job_itself(settings: Settings) -> None:
    added = await carry_out(settings, "user.add", ADMIN, quiet)
    assert isinstance(added, UserPassword)
    assert added.email == "admin@example.org"
    assert len(added.password) == 20


async def test_a_running_hub_does_the_job(running: Settings) -> None:
    reset = await carry_out(running, "user.reset", UserName("admin@example.org"), quiet)
    assert isinstance(reset, UserPassword)
    assert reset.password


async def test_a_refusal_by_the_running_hub_keeps_its_words(running: Settings) -> None:
    with pytest.raises(HubError, match="There is no user") as refused:
        await carry_out(running, "user.reset", UserName("nobody@example.org"), quiet)
    assert refused.value.reason == NotFound.code
    with pytest.raises(HubError, match="already"):
        await carry_out(running, "user.add", ADMIN, quiet)


async def test_the_socket_is_for_its_owner_only(running: Settings) -> None:
    assert socket_path(running).stat().st_mode & 0o777 == 0o600


async def test_a_line_that_is_no_job_is_refused_and_the_next_is_done(running: Settings) -> None:
    for nonsense in (b"\n", b"{}\n", b'{"job":"fly","argument":{}}\n', b"\xff\n"):
        reader, writer = await asyncio.open_unix_connection(socket_path(running))
        writer.write(nonsense)
        answer = await reader.readline()
        writer.close()
        assert msgspec.json.decode(answer)["type"] == "refused"
    await carry_out(running, "user.reset", UserName("admin@example.org"), quiet)


async def test_a_hub_that_takes_no_jobs_is_told_apart(settings: Settings) -> None:
    database = settings.sqlite_path()
    assert database is not None
    with FileLock(database), pytest.raises(HubRuns):
        await carry_out(settings, "user.add", ADMIN, quiet)
    with FileLock(database, socket_path(settings)), pytest.raises(Unavailable, match="no jobs"):
        await carry_out(settings, "user.add", ADMIN, quiet)


async def test_a_backup_is_made_by_the_running_hub(running: Settings, tmp_path: Path) -> None:
    made = await carry_out(running, "backup", BackupTo(str(tmp_path / "backups")), quiet)
    assert isinstance(made, BackupMade)
    assert list_backups(tmp_path / "backups") == [Path(made.folder)]


async def test_a_running_hub_imports_and_measures_knowledge(
    running: Settings, tmp_path: Path
) -> None:
    article = {"key": "k", "title": "Refunds", "body": "In 30 days.", "lang": "en"}
    shop, questions = tmp_path / "shop.jsonl", tmp_path / "questions.jsonl"
    shop.write_bytes(msgspec.json.encode({"article": article}) + b"\n{\n")
    questions.write_bytes(msgspec.json.encode({"text": "refund", "article_key": "k"}))
    told: list[tuple[int, int]] = []

    async def tell(done: int, total: int) -> None:
        told.append((done, total))

    done = await carry_out(running, "knowledge.import", ImportKnowledge(str(shop)), tell)
    assert isinstance(done, KnowledgeImported)
    assert (done.articles_created, done.refused_count, done.refused[0].line) == (1, 1, 2)
    assert told[-1][0] == told[-1][1] > 0
    evaluated = await carry_out(
        running, "knowledge.evaluate", EvaluateKnowledge(str(questions)), quiet
    )
    assert isinstance(evaluated, KnowledgeEvaluated)
    assert evaluated.figures.recall_at_1 == 1


async def test_an_article_that_a_file_names_twice_is_refused_where_the_words_differ(
    running: Settings, tmp_path: Path
) -> None:
    def line(body: str) -> bytes:
        article = {"key": "k", "title": "Refunds", "body": body, "lang": "en"}
        return msgspec.json.encode({"article": article}) + b"\n"

    shop = tmp_path / "shop.jsonl"
    shop.write_bytes(line("In 30 days.") + line("In 14 days.") + line("In 30 days."))
    for created in (1, 0):
        done = await carry_out(running, "knowledge.import", ImportKnowledge(str(shop)), quiet)
        assert isinstance(done, KnowledgeImported)
        assert (done.articles_created, done.articles_changed) == (created, 0)
        assert [one.line for one in done.refused] == [2]


class Night:
    """A sleep that turns the manual clock and ends the service after some turns."""

    def __init__(self, clock: ManualClock, turns: int) -> None:
        self.clock = clock
        self.turns = turns
        self.slept_s: list[float] = []

    async def sleep(self, wait_s: float) -> None:
        self.slept_s.append(wait_s)
        if len(self.slept_s) > self.turns:
            raise asyncio.CancelledError
        self.clock.advance(wait_s)


async def nights(store: Store, settings: Settings, clock: ManualClock, turns: int) -> list[float]:
    night = Night(clock, turns)
    passwords = Passwords(memory_kib=64)
    place = Workplace(settings, store, DirectoryBlobs(settings.blobs_path()), passwords)
    with pytest.raises(asyncio.CancelledError):
        await NightlyBackup(place, clock, Metrics(), night.sleep).run()
    passwords.close()
    return night.slept_s


async def test_every_night_a_backup_is_made_and_old_ones_go(
    sqlite_store: Store, clock: ManualClock, settings: Settings
) -> None:
    settings = msgspec.structs.replace(
        settings, database_url=Secret(sqlite_store.url), backup=Backup(hour_utc=19, keep=2)
    )
    slept_s = await nights(sqlite_store, settings, clock, turns=3)
    # From noon to 19:00, then from night to night.
    assert slept_s == [7 * 3600, 24 * 3600, 24 * 3600, 24 * 3600]
    assert len(list_backups(settings.backup_path())) == 2


async def test_a_nightly_backup_that_fails_is_tried_again(
    sqlite_store: Store, clock: ManualClock, settings: Settings
) -> None:
    missing = Secret(f"sqlite:///{settings.data_path()}/none.sqlite")
    settings = msgspec.structs.replace(settings, database_url=missing)
    assert await nights(sqlite_store, settings, clock, turns=2) == [7 * 3600, RETRY_S, RETRY_S]


async def test_a_backup_missed_while_the_hub_was_off_is_made_at_the_start(
    sqlite_store: Store, clock: ManualClock, settings: Settings
) -> None:
    settings = msgspec.structs.replace(settings, database_url=Secret(sqlite_store.url))
    old = settings.backup_path() / "hub-20260301T190000000000Z"
    old.mkdir(parents=True)
    (old / "manifest.json").write_text("{}", "utf-8")
    assert await nights(sqlite_store, settings, clock, turns=0) == [7 * 3600]
    assert len(list_backups(settings.backup_path())) == 2


async def test_a_user_who_leaves_names_who_takes_over(running: Settings) -> None:
    agent = NewUser("li@example.org", "Li", Role.AGENT)
    await carry_out(running, "user.add", agent, quiet)
    asked = LeavingUser("li@example.org", "nobody@example.org")
    with pytest.raises(HubError, match="no user nobody"):
        await carry_out(running, "user.disable", asked, quiet)
    asked = LeavingUser("li@example.org", "admin@example.org")
    left = await carry_out(running, "user.disable", asked, quiet)
    assert isinstance(left, UserLeft)
    assert (left.email, left.handed_over.any) == ("li@example.org", False)


async def test_a_hub_that_runs_masks_card_numbers_itself(running: Settings) -> None:
    done = await carry_out(running, "privacy.mask_cards", MaskCards(), quiet)
    assert isinstance(done, MaskedCards)
    assert "interactions" in done.looked_at
