"""Every ugly mail is read as its expectation says, and quickly."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from hub.vendors.mail.described import describe_mail

from .ugly import addresses, charsets, contents, files, kinds, structure, words
from .ugly.case import Ugly

CASES = tuple(
    case
    for module in (charsets, words, addresses, files, structure, contents, kinds)
    for case in module.CASES
)
MAX_S = 2.0  # for the largest; the bound for any mail


def _looked_at(mail: dict[str, Any], key: str) -> Any:
    match key:
        case "refused":
            return (mail["refused"] or {}).get("code")
        case "to":
            return [address["address"] for address in mail["to"]]
        case "number of to":
            return len(mail["to"])
        case "number of files":
            return len(mail["attachments"])
        case "files":
            return [file["name"] for file in mail["attachments"]]
        case "types":
            return [file["type"] for file in mail["attachments"]]
        case "sizes":
            return [file["size"] for file in mail["attachments"]]
        case "content_ids":
            return [file["content_id"] for file in mail["attachments"]]
    return mail[key]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_ugly_mail_is_read(case: Ugly) -> None:
    started = time.process_time()
    mail = msgspec.json.decode(msgspec.json.encode(describe_mail(case.raw, "-")))
    assert time.process_time() - started < MAX_S
    if "refused" not in case.expect:
        assert mail["refused"] is None
    assert {key: _looked_at(mail, key) for key in case.expect} == dict(case.expect)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 150
    assert len({case.raw for case in CASES}) == len(CASES)
