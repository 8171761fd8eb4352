"""A mail to ourselves: made, known again when it comes back, looked for in the mailbox."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from hub.core.findings import Finding, warning, well
from hub.core.ids import new_id
from hub.vendors.mail.imap import mailbox_name
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.render import ascii_address

HEADER = "X-Contact-Hub-Test"
SEEN_S = 40.0  # within which it is to come back
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class MailToSelf:
    """`seen_s`: how long it is looked for."""

    message_id: str
    raw: bytes
    seen_s: float = SEEN_S


def make_mail_to_self(address: str, seen_s: float = SEEN_S) -> MailToSelf:
    """Return a mail from an address of ours to itself, which no server answers (RFC 3834)."""
    id_, plain = new_id(), ascii_address(address)
    mail = EmailMessage()
    mail["From"] = mail["To"] = plain
    mail["Subject"] = "Contact Hub: test mail / 测试邮件"
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<hub-test-{id_}@{plain.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail[HEADER] = id_
    # In ASCII, with the line ends of the wire: servers refuse a lone LF and 8 bits not offered.
    mail.set_content(
        "This mail was sent to see whether the mailbox sends and receives.\n"
        "本邮件用于检查邮箱能否收发。\n",
        cte="quoted-printable",
    )
    return MailToSelf(str(mail["Message-ID"]), mail.as_bytes(policy=SMTP), seen_s)


def is_mail_to_self(mail: ParsedMail, own_addresses: Collection[str]) -> bool:
    """Say whether it is one: of an address of ours (small letters), by its own mark. It is nobody's
    request; who forges one has only hidden their own mail.
    """
    return mail.header(HEADER) is not None and mail.sender.email.lower() in own_addresses


def look_for(
    test: MailToSelf, session: imaplib.IMAP4, folders: tuple[str, ...], place: str
) -> Iterator[Finding]:
    """Yield whether it came into one of the folders; the hub may have filed it already."""
    began = time.monotonic()
    wanted = f'"{test.message_id}"'
    while True:
        for folder in folders:
            if session.select(mailbox_name(folder), readonly=True)[0] != "OK":
                continue
            status, found = session.search(None, "HEADER", "Message-ID", wanted)
            if status == "OK" and found and found[0]:
                took = f"{time.monotonic() - began:.0f}"
                what = f"{place}: the test mail came into {folder} after {took} s"
                yield well("mail", what, "mail.test_seen", place=place, folder=folder, took=took)
                return
        if time.monotonic() - began + _LOOK_S > test.seen_s:
            break
        time.sleep(_LOOK_S)
    wait = f"{test.seen_s:.0f}"
    what = f"{place}: the test mail was not seen within {wait} s"
    mend = "look into its junk folder, and whether the address leads to it; mail may be slow, too"
    yield warning("mail", what, mend, "mail.test_late", place=place, wait=wait)
