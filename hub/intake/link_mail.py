"""The link by which a user sets a password goes to their mailbox. Nothing of it stays readable:
its words leave the outbox when the mail is out, or the link has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Row

from hub.accounts.link_letter import LinkMail, MailLink, NotMailed, link_letter
from hub.accounts.link_mails import link_mail_message
from hub.contacts.outreach.lone_mail import LoneMail, lone_mail
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.service import may_contact
from hub.contacts.own_addresses import is_ours
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .mailing import ask_for, points_of


def link_mailer(
    senders: Callable[[], Sequence[str]], channels: Collection[str], *, addressed: bool = True
) -> MailLink:
    """Return what mails a link. `senders`: the entry points whose mailboxes can send now, the one
    that is taken first; `channels`: those that write to a mail address; `addressed`: it is known
    where the console is reached from outside.
    """

    def mail_link(tx: Tx, mail: LinkMail) -> NotMailed | None:
        if not addressed:
            return NotMailed.NO_ADDRESS
        able = senders()
        points = points_of(tx, set(able))
        found = [points[key] for key in able if key in points]
        writers = [one for one in found if not one.retired and one.channel in channels]
        return _write(tx, mail, writers[0]) if writers else NotMailed.NO_MAILBOX

    return mail_link


def _write(tx: Tx, mail: LinkMail, writer: Row[Any]) -> NotMailed | None:
    """Let the mail go out, where mail may go there."""
    address = mail.user.email
    if is_ours(tx, address):
        return NotMailed.OUR_OWN
    permit = may_contact(tx, [ask_for(writer, address)])[0]
    if not isinstance(permit, Permit):
        return NotMailed.REFUSED
    letter = link_letter(mail, writer.display_name, tx.now)
    lone = LoneMail(
        to=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        language=mail.user.language,
        message=link_mail_message(mail.key),
        key=mail.key,
        until=mail.until,
        secret=True,
        bounces=True,
    )
    add_effects(tx, [lone_mail(permit, writer, lone)])
    return None
