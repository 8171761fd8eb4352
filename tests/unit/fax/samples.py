"""The gateway mails of tests/fixtures/fax, parsed."""

from __future__ import annotations

from pathlib import Path

from hub.vendors.mail.model import ParsedMail, Refusal
from hub.vendors.mail.parse import parse_mail

FOLDER = Path(__file__).parents[2] / "fixtures" / "fax"


def raw_fax(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def a_fax_mail(name: str) -> ParsedMail:
    mail = parse_mail(raw_fax(name))
    assert not isinstance(mail, Refusal), mail
    return mail
