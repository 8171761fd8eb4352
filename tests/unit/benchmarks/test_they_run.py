"""Each benchmark runs to its end in its quick mode and prints its rows; figures are not judged."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import ALONE, SCRIPTS
from hub.testing.mail import DovecotMissing, PrivateDovecot
from tests.conftest import skip_missing

ROOT = Path(__file__).parents[3]
ROWS = {
    "chat": "customer → agent p99",
    "chat_throughput": "messages",
    "idle_memory": "memory of an idle chat",
    "idle_cpu": "CPU while nothing happens",
    "offer_latency": "a mail arrives",
    "email": "mails filed by LMTP",
    "large_mails": "customer → agent p99 beside",
    "mail_to_console": "mail in by SMTP",
    "mail_backlog": "a new mail is filed",
    "inbox_page": "page of queued contacts",
    "start_up": "hub demo, existing data",
    "simulation": "simulated contacts",
    "routing": "an agent is free",
    "assignments": "assignments (offer + accept)",
    "laws": "a round of the sweep",
    "keeping": "kept long enough",
    "customers": "one look at a customer",
    "knowledge": "import of articles and cases",
    "tiers": "a first tier run",
    "orders": "new orders",
    "imports": "rows run",
    "console": "a key in the composer",
    "shift": "memory an answered contact",
    "long_fax": "its pages are shown",
    "phone": "webhook answered p99",
}
OPTIONS = {
    "chat_throughput": ["--database", "sqlite"],
    "offer_latency": ["--database", "sqlite"],
    "assignments": ["--database", "sqlite"],
    "mail_to_console": ["--way", "smtp"],
    "imports": ["--database", "sqlite"],
    "laws": ["--database", "sqlite"],
    "keeping": ["--database", "sqlite"],
}


def printed_by(script: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", script, "--quick", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=230,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", [*SCRIPTS, *ALONE])
def test_a_benchmark_runs_and_prints_its_rows_beside_a_limit(script: str) -> None:
    if script == "mail_backlog":
        need_dovecot()
    if script in ("console", "shift"):
        need_browser()
    printed = printed_by(f"benchmarks.{script}", *OPTIONS.get(script, []))
    assert ROWS[script] in printed
    assert "≤" in printed or "≥" in printed


def need_browser() -> None:
    if shutil.which("chromium") is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (ROOT / "hub" / "agent_console" / "static" / "index.html").is_file():
        skip_missing("the built console (make web)")


def need_dovecot() -> None:
    try:
        with PrivateDovecot():
            pass
    except DovecotMissing as missing:
        skip_missing(str(missing))


def test_mail_is_also_measured_over_imap() -> None:
    need_dovecot()
    printed = printed_by("benchmarks.mail_to_console", "--way", "imap")
    assert "mail in by IMAP" in printed


def test_all_of_them_stop_when_their_time_is_over() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--minutes", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.count("not run") == len(SCRIPTS)
