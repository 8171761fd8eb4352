"""`hub email parse`: each mail of a collection as one JSON line, and what the exit status says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.commands.email import email

MAIL = (
    b"From: Jane <jane@x.example>\nTo: support@shop.example\nCc: tom@x.example\n"
    b"Reply-To: desk@x.example\nSubject: order\nMessage-ID: <a@x>\nIn-Reply-To: <b@x>\n"
    b"References: <c@x> <b@x>\nDate: Tue, 10 Mar 2026 11:58:00 +0800\n"
    b'Content-Type: multipart/mixed; boundary="bb"\n\n--bb\n\nYes.\n\n> Really?\n--bb\n'
    b"Content-Type: image/png; name=p.png\nContent-ID: <p@x>\n\n\x89PNG\r\n\x1a\n\n--bb--\n"
)
REFUSED = b"Subject: nobody\n\nhi"
KEYS = [
    "source", "refused", "from", "to", "cc", "reply_to", "subject", "message_id", "in_reply_to",
    "references", "date", "flags", "text", "html", "reply_text", "attachments", "protection",
    "defects",
]  # fmt: skip


def parse(*arguments: object, given: bytes = b"") -> tuple[Result, list[dict[str, Any]]]:
    done = CliRunner().invoke(email, ["parse", *map(str, arguments)], input=given)
    return done, [json.loads(line) for line in done.stdout_bytes.splitlines()]


def test_a_mail_is_one_object_with_the_promised_keys(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    done, (mail,) = parse(tmp_path / "a.eml")
    assert done.exit_code == 0
    assert list(mail) == KEYS
    assert mail["from"] == {"address": "jane@x.example", "name": "Jane"}
    assert mail["to"] == [{"address": "support@shop.example", "name": None}]
    assert mail["cc"] == [{"address": "tom@x.example", "name": None}]
    assert mail["reply_to"] == [{"address": "desk@x.example", "name": None}]
    assert (mail["subject"], mail["message_id"]) == ("order", "<a@x>")
    assert (mail["in_reply_to"], mail["references"]) == (["<b@x>"], ["<c@x>", "<b@x>"])
    assert mail["date"] == "2026-03-10T03:58:00Z"
    assert mail["flags"] == {"auto": False, "bounce": False, "list": False, "ooo": False}
    assert (mail["text"], mail["reply_text"]) == ("Yes.\n\n> Really?", "Yes.")
    assert mail["attachments"] == [
        {"name": "p.png", "type": "image/png", "size": 8, "content_id": "p@x"}
    ]


def test_pipes_are_passed_by_and_a_folder_that_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "shut").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    done, mails = parse(tmp_path)
    assert done.exit_code == 2
    assert len(mails) == 1
    assert "shut" in done.stderr


def test_a_refused_mail_is_named_and_makes_the_status_1(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(REFUSED)
    done, mails = parse(tmp_path)
    assert done.exit_code == 1
    assert [mail["refused"] and mail["refused"]["code"] for mail in mails] == [None, "no_sender"]
    assert list(mails[1]) == KEYS


def test_a_missing_file_makes_the_status_2_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    done, mails = parse(tmp_path / "none.eml", tmp_path / "a.eml")
    assert done.exit_code == 2
    assert len(mails) == 1
    assert "none.eml" in done.stderr


def test_the_standard_input_is_a_file() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub", "email", "parse", "-"],
        input=MAIL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["source"] == "-"


def test_the_mails_of_an_mbox_are_numbered(tmp_path: Path) -> None:
    envelope = b"From jane@x.example Tue Mar 10 11:58:00 2026\n"
    odd = MAIL.replace(b"Yes.", b"Yes.\nFrom here on it is text.")
    (tmp_path / "box").write_bytes(envelope + odd + b"\n" + envelope + MAIL + b"\n")
    done, mails = parse(tmp_path / "box")
    assert done.exit_code == 0
    assert [mail["source"] for mail in mails] == [f"{tmp_path}/box#1", f"{tmp_path}/box#2"]
    assert mails[0]["reply_text"] == "Yes.\nFrom here on it is text."


def test_a_maildir_is_read_without_what_is_only_being_delivered(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.host:2,S").write_bytes(MAIL)
    (tmp_path / "dovecot.index.log").touch()
    (tmp_path / ".Sent").mkdir()
    done, mails = parse(tmp_path)
    assert done.exit_code == 0
    assert [mail["source"] for mail in mails] == [
        str(tmp_path / folder / "1.host:2,S") for folder in ("cur", "new")
    ]


def test_of_a_mail_above_the_limit_only_its_refusal_is_kept(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.write(MAIL)
        file.truncate(60 << 20)
    done, (mail,) = parse(tmp_path / "big")
    assert done.exit_code == 1
    assert mail["refused"]["code"] == "too_large"
