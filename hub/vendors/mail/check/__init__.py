"""Mail, step by step: can each mailbox be reached, signed in to, read and sent by.

Every step is a finding as it is made, so that who looks sees how far it came; the first fault of a
server ends its steps, for those after it would only repeat it. Everything here blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.findings import Finding, Verdict, fault, warning, well
from hub.settings import Settings

from .aim import Aim
from .imap_steps import check_imap
from .listener_steps import check_listener
from .smtp_steps import check_smtp
from .to_self import MailToSelf, is_mail_to_self, make_mail_to_self
from .wire import ANSWER_S, Lines

__all__ = [
    "ANSWER_S",
    "Aim",
    "Lines",
    "MailToSelf",
    "check_listener",
    "check_mail",
    "check_mailbox",
    "is_mail_to_self",
    "make_mail_to_self",
]


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Sign in to every mailbox of hub.toml and leave again; nothing is read, sent or marked. The
    listener's certificate is looked at, too.
    """
    yield from check_listener(settings.server)
    if not settings.mail.mailboxes:
        yield well("mail", "no mailbox is set up in hub.toml ([[mail.mailboxes]])")
    for index, mailbox in enumerate(settings.mail.mailboxes):
        name = mailbox.entry_point
        yield from check_mailbox(Aim(mailbox, f"mail.mailboxes.{index}", f"{name}: "))


def check_mailbox(aim: Aim, lines: Lines | None = None) -> Iterator[Finding]:
    """Sign in to one mailbox and leave again. `lines`: by which another thread can end it."""
    lines = lines or Lines()
    mailbox = aim.mailbox
    if mailbox.oauth.token_url and aim.token is None:
        mend = f"hub email check {mailbox.entry_point}"
        what = f"{mailbox.entry_point}: OAuth is not tried here"
        yield warning("mail", what, mend, "mail.oauth", point=mailbox.entry_point)
        return
    if aim.test is not None:
        yield from _sent_to_ourselves(aim, lines)
        return
    if mailbox.imap.host:
        yield from check_imap(aim, lines)
    if mailbox.smtp.host:
        yield from check_smtp(aim, lines)


def _sent_to_ourselves(aim: Aim, lines: Lines) -> Iterator[Finding]:
    """Send the test mail, and look for it where it was taken."""
    point = aim.mailbox.entry_point
    if not aim.mailbox.smtp.host or "@" not in aim.address:
        mend = "connect an SMTP server, and give the entry point its mail address"
        yield fault("mail", f"{point}: cannot send", mend, "mail.cannot_send", point=point)
        return
    for finding in check_smtp(aim, lines):
        yield finding
        if finding.verdict is Verdict.FAULT:
            return
    if aim.mailbox.imap.host:
        yield from check_imap(aim, lines)
        return
    mend = "look for it among what your mail server hands to the hub"
    what = f"{point}: no mailbox is read, so nobody looks whether it comes back"
    yield warning("mail", what, mend, "mail.not_looked", point=point)
