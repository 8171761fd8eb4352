"""The command `hub`, as a person types it: what it says, and what it exits with."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.testing.twilio_simulator import TwilioSimulator
from hub.testing.twilio_simulator.state import Number

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "config" / "contact_center.example.toml")
HUB = (sys.executable, "-m", "hub")


def environment(folder: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    free = {f"HUB__SERVER__{key}": "0" for key in ("PORT", "CHAT_PORT", "MAIL_PORT")}
    return {**clean, **free, "HUB__DATA_DIR": str(folder / "data"), **more}


def hub(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HUB, *arguments],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def password_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[1]


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    shown = hub(tmp_path, "--help").stdout
    for command in ("serve", "demo", "doctor", "migrate", "apply", "user", "backup", "restore"):
        assert command in shown


def test_an_expected_error_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    done = hub(tmp_path, "migrate", "--config", "none.toml")
    assert done.returncode == 1
    assert "none.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_user_is_added_reset_and_disabled(tmp_path: Path) -> None:
    added = hub(tmp_path, "user", "add", "ada@example.org", "--role", "admin")
    password = password_of(added)
    assert len(password) == 20
    assert password not in added.stderr
    assert password_of(hub(tmp_path, "user", "reset", "ada@example.org")) != password
    refused = hub(tmp_path, "user", "disable", "ada@example.org")
    assert refused.returncode == 1
    assert "last admin" in refused.stderr
    password_of(hub(tmp_path, "user", "add", "bob@example.org"))
    assert "is disabled" in hub(tmp_path, "user", "disable", "bob@example.org").stdout


def test_a_set_up_is_tried_applied_and_applied_again(tmp_path: Path) -> None:
    tried = hub(tmp_path, "apply", EXAMPLE, "--dry-run")
    assert "add     queue support" in tried.stdout
    assert "Nothing was changed" in tried.stdout
    applied = hub(tmp_path, "apply", EXAMPLE)
    assert "add     entry point hotline" in applied.stdout
    assert "estart the hub" not in applied.stdout + applied.stderr
    assert hub(tmp_path, "apply", EXAMPLE).stdout == "Nothing to change.\n"


def test_what_is_in_force_is_written_listed_and_brought_back(tmp_path: Path) -> None:
    refused = hub(tmp_path, "apply", "--export")
    assert refused.returncode == 1
    assert "run `hub apply FILE`" in refused.stderr
    assert hub(tmp_path, "apply", "--versions").stdout == "No set-up was put in force yet.\n"
    hub(tmp_path, "apply", EXAMPLE)
    written = hub(tmp_path, "apply", "--export", "mine.toml")
    assert written.stdout.startswith("Version 1, made by `hub apply` on ")
    mine = tmp_path / "mine.toml"
    assert mine.stat().st_mode & 0o777 == 0o600
    assert hub(tmp_path, "apply", "--export").stdout == mine.read_text("utf-8")
    assert "--force" in hub(tmp_path, "apply", "--export", "mine.toml").stderr
    assert hub(tmp_path, "apply", "mine.toml").stdout == "Nothing to change.\n"

    other = mine.read_text("utf-8").replace("Lakeside Appliances", "Seaside Appliances")
    mine.write_text(other, "utf-8")
    mine.chmod(0o640)
    owner = 1234 if os.geteuid() == 0 else os.geteuid()  # only root gives files away
    os.chown(mine, owner, -1)
    hub(tmp_path, "apply", "mine.toml", "--note", "new name")
    again = mine.read_bytes().decode("utf-8")
    assert again == other.replace("--export: version 1", "--export: version 2")
    assert (mine.stat().st_mode & 0o777, mine.stat().st_uid) == (0o640, owner)
    mine.write_text(again.replace("Seaside", "Lakeside"), "utf-8")
    assert "In force." in hub(tmp_path, "apply", "mine.toml").stdout
    tried = hub(tmp_path, "apply", "--restore", "2", "--dry-run")
    assert "change  organisation:" in tried.stdout
    assert "dry run" in tried.stdout
    back = hub(tmp_path, "apply", "--restore", "2")
    assert "In force.\n" in back.stdout
    fourth, _, second, first = hub(tmp_path, "apply", "--versions").stdout.splitlines()
    assert fourth.startswith("version 4, made by `hub apply`")
    assert ", 2 again, 1 changes" in fourth
    assert second.endswith("1 changes: new name")
    assert first.startswith("version 1,")


def test_a_file_is_refused_where_it_would_undo_what_was_changed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_text(Path(EXAMPLE).read_text("utf-8"), "utf-8")
    changed = Path(EXAMPLE).read_text("utf-8").replace("Lakeside", "Seaside")
    (tmp_path / "new.toml").write_text(changed, "utf-8")
    hub(tmp_path, "apply", "old.toml")
    hub(tmp_path, "apply", "new.toml")
    hub(tmp_path, "apply", "--restore", "1")
    refused = hub(tmp_path, "apply", "new.toml")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "In force is version 3" in refused.stderr
    assert "  change  organisation:" in refused.stderr
    assert "--force" in refused.stderr
    assert hub(tmp_path, "apply", "old.toml").stdout == "Nothing to change.\n"
    assert "without --force" in hub(tmp_path, "apply", "new.toml", "--dry-run").stderr
    assert "In force." in hub(tmp_path, "apply", "new.toml", "--force").stdout
    both = hub(tmp_path, "apply", "new.toml", "--versions")
    assert (both.returncode, "Give one of" in both.stderr) == (1, True)


def test_a_wrong_set_up_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "setup.toml").write_text('queues = "all"', "utf-8")
    done = hub(tmp_path, "apply", "setup.toml")
    assert done.returncode == 1
    assert "queues" in done.stderr


def test_customers_are_imported_and_the_refused_rows_written(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "name,email,phone\nAnn,ann@example.org,\nBob,,not a number\n", "utf-8"
    )
    refused = hub(tmp_path, "import", "customers.csv")
    assert "hub apply" in refused.stderr
    hub(tmp_path, "apply", EXAMPLE)
    tried = hub(tmp_path, "import", "customers.csv", "--dry-run")
    assert "Would create 1 customers" in tried.stdout
    done = hub(tmp_path, "import", "customers.csv", "--refused", "refused.csv")
    assert "Created 1 customers" in done.stdout
    assert "line 3" in done.stderr
    assert "not a number" in (tmp_path / "refused.csv").read_text("utf-8-sig")
    again = hub(tmp_path, "import", "customers.csv")
    assert "Created 0 customers" in again.stdout
    assert (done.returncode, again.returncode) == (0, 0)
    alone = hub(tmp_path, "import", "refused.csv")
    assert ("0 customers" in alone.stdout, alone.returncode) == (True, 1)


def test_knowledge_is_imported_learned_and_measured(tmp_path: Path) -> None:
    (tmp_path / "shop.jsonl").write_text(
        '{"case": {"text": "how do I get my money back", "article_key": "refund", "lang": "en"}}\n'
        '{"article": {"key": "refund", "title": "Refunds", "body": "In 30 days.", "lang": "en"}}\n'
        '{"article": {"key": "票", "title": "开具发票", "body": "填写抬头。", "lang": "zh-CN"}}\n'
        "{nonsense\n",
        "utf-8",
    )
    (tmp_path / "questions.jsonl").write_text(
        '{"text": "I want a refund", "article_key": "refund", "lang": "en"}\n'
        '{"text": "请开發票", "article_key": "票", "lang": "zh-CN"}\n'
        '{"text": "今天天气怎么样", "article_key": null, "lang": "zh-CN"}\n',
        "utf-8",
    )
    done = hub(tmp_path, "knowledge", "import", "shop.jsonl")
    assert "created 2 articles and 1 cases" in done.stdout
    assert "line 4" in done.stderr
    again = hub(tmp_path, "knowledge", "import", "shop.jsonl", "--json")
    assert json.loads(again.stdout)["unchanged"] == 3
    shown = hub(tmp_path, "knowledge", "evaluate", "questions.jsonl")
    assert "recall@1           100.0 %" in shown.stdout
    told = json.loads(hub(tmp_path, "knowledge", "evaluate", "questions.jsonl", "--json").stdout)
    assert (told["recall@1"], told["recall@5"], told["mrr"]) == (1, 1, 1)
    assert (told["refusal_precision"], told["refusal_recall"]) == (1, 1)
    assert 0 < told["p50_ms"] <= told["p95_ms"]
    assert "Nothing changed" in hub(tmp_path, "knowledge", "refit").stdout


def test_a_backup_is_restored_where_nothing_is(tmp_path: Path) -> None:
    password_of(hub(tmp_path, "user", "add", "ada@example.org"))
    made = hub(tmp_path, "backup", "backups")
    folder = made.stdout.removeprefix("Backup: ").strip()
    refused = hub(tmp_path, "restore", folder)
    assert refused.returncode == 1
    assert "move it away" in refused.stderr
    other = str(tmp_path / "other")
    assert hub(tmp_path, "restore", folder, HUB__DATA_DIR=other).returncode == 0
    again = hub(tmp_path, "user", "add", "ada@example.org", HUB__DATA_DIR=other)
    assert "already" in again.stderr


def test_the_doctor_exits_with_1_on_a_fault_only(tmp_path: Path) -> None:
    assert hub(tmp_path, "doctor").returncode == 0
    ill = hub(tmp_path, "doctor", HUB__SERVER__PROT="1")
    assert ill.returncode == 1
    assert "HUB__SERVER__PROT" in ill.stdout


def test_the_openapi_description_is_printed_as_in_the_documents(tmp_path: Path) -> None:
    printed = hub(tmp_path, "openapi").stdout
    kept = ROOT / "docs" / "openapi.json"
    assert printed == kept.read_text("utf-8"), "the API changed: make openapi"


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*HUB, "serve"],
        cwd=folder,
        env=environment(folder, **more),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "Contact Hub: console http://" in line:
                break
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_running_hub_does_the_commands_and_refuses_a_second_one(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        password_of(hub(tmp_path, "user", "add", "ada@example.org", "--role", "admin"))
        second = hub(tmp_path, "serve")
        assert second.returncode == 1
        assert f"process {running.pid}" in second.stderr
        assert hub(tmp_path, "migrate").returncode == 1
        assert hub(tmp_path, "backup", "backups").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_hub_well(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as running:
        running.send_signal(number)
        assert running.wait(timeout=30) == 0
    assert not (tmp_path / "data" / "hub.sock").exists()


def test_mailboxes_are_checked_step_by_step_and_a_fault_ends_with_1(tmp_path: Path) -> None:
    nothing = hub(tmp_path, "email", "check")
    assert (nothing.returncode, nothing.stdout) == (0, "No mailbox is connected.\n")
    config = tmp_path / "mail.toml"
    text = 'entry_point = "support-mail"\nsmtp = {host = "no-such-name.invalid"}'
    config.write_text(f"[[mail.mailboxes]]\n{text}", "utf-8")
    told = hub(tmp_path, "email", "check", "support-mail", "--config", str(config))
    assert told.returncode == 1
    assert "FAULT   SMTP no-such-name.invalid:465: there is no such name" in told.stdout
    assert "→ correct the host of mail.mailboxes.0.smtp" in told.stdout
    unknown = hub(tmp_path, "email", "check", "fax", "--config", str(config))
    assert unknown.returncode == 1
    assert "Those that have one: support-mail" in unknown.stderr


async def test_numbers_are_pointed_here_and_said_of(tmp_path: Path) -> None:
    async with TwilioSimulator() as provider:
        provider.exchange.numbers["+862155501000"] = Number("+862155501000", "https://old.example")
        account = {
            "HUB__SERVER__PUBLIC_BASE_URL": "https://hub.example.org",
            "HUB__TWILIO__BASE_URL": provider.base_url,
            "HUB__TWILIO__ACCOUNT_SID": provider.account_sid,
            "HUB__TWILIO__AUTH_TOKEN": provider.auth_token,
        }

        async def told(*arguments: str) -> subprocess.CompletedProcess[str]:
            return await asyncio.to_thread(lambda: hub(tmp_path, *arguments, **account))

        await told("apply", EXAMPLE)
        asked = await told("phone", "setup")
        assert asked.returncode == 1, "nobody is there to say yes"
        assert "go to https://old.example, not to hotline" in asked.stdout
        assert "the account has no number +862155501001 (repair-line)" in asked.stdout
        assert "Point the numbers of every phone entry point" in asked.stdout
        done = await told("phone", "setup", "hotline", "repair-line", "--yes")
        assert "before: https://old.example" in done.stdout
        assert done.returncode == 1, "one is no number of the account: it was not written"
        url = provider.exchange.numbers["+862155501000"].voice_url
        assert url == "https://hub.example.org/channels/hotline/voice"
        written = await told("phone", "fallback", "hotline", "-o", str(tmp_path / "fallback.xml"))
        assert written.returncode == 0
        assert "<Record" in (tmp_path / "fallback.xml").read_text("utf-8")
        unknown = await told("phone", "fallback", "shop-chat")
        assert "no line of the phone account" in unknown.stderr
