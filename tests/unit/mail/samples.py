"""The sample mails of tests/fixtures/mail, parsed."""

from __future__ import annotations

from pathlib import Path

from hub.vendors.mail.model import ParsedMail, Refusal
from hub.vendors.mail.parse import parse_mail
from hub.vendors.mail.quotes import Folded, fold_quotes
from hub.vendors.mail.sanitise import sanitise_html

FOLDER = Path(__file__).parents[2] / "fixtures" / "mail"


def raw_mail(name: str) -> bytes:
    return (FOLDER / f"{name}.eml").read_bytes()


def a_mail(name: str) -> ParsedMail:
    mail = parse_mail(raw_mail(name))
    assert not isinstance(mail, Refusal), mail
    return mail


def folded(name: str) -> Folded:
    mail = a_mail(name)
    markup = sanitise_html(mail.html) if mail.html is not None else None
    return fold_quotes(mail.text, markup, mail.subject)


def mail_of(text: str) -> ParsedMail:
    """Parse a mail written in a test; lines are joined by CRLF."""
    mail = parse_mail(text.replace("\n", "\r\n").encode())
    assert not isinstance(mail, Refusal), mail
    return mail
