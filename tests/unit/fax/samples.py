"""The gateway mails of tests/fixtures/fax, parsed."""

from __future__ import annotations

from email.message import EmailMessage
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


def a_mail_with_document(document: bytes, caller: str = "+862161234567") -> bytes:
    """Return a gateway's mail about a fax that came in, with this PDF."""
    mail = EmailMessage()
    mail["From"] = "Fax gateway <gateway@gw.shop.example>"
    mail["To"] = "fax@example.test"
    mail["Subject"] = f"Fax received from {caller}"
    mail["Message-ID"] = "<many-pages@gw.shop.example>"
    mail.set_content(f"Caller ID: {caller}")
    mail.add_attachment(document, maintype="application", subtype="pdf", filename="fax.pdf")
    return mail.as_bytes()
