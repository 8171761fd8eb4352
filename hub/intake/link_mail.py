"""The link by which a user sets a password goes to their mailbox. Nothing of it stays readable:
its words leave the outbox when the mail is out, or the link has ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row

from hub.accounts.link_letter import LinkMail, MailLink, NotMailed, link_letter
from hub.contacts.effects import Send
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import may_contact
from hub.contacts.own_addresses import is_ours
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .mailing import ask_for, points_of


def link_mailer(
    senders: Sequence[str], channels: Collection[str], *, addressed: bool = True
) -> MailLink:
    """Return what mails a link. `senders`: the entry points whose mailboxes can send, the one that
    is taken first; `channels`: those that write to a mail address; `addressed`: it is known where
    the console is reached from outside.
    """

    def mail_link(tx: Tx, mail: LinkMail) -> NotMailed | None:
        if not addressed:
            return NotMailed.NO_ADDRESS
        points = points_of(tx, set(senders))
        found = [points[key] for key in senders if key in points]
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
    named = hashlib.sha256(mail.key.encode()).hexdigest()[:32]
    send = Send(
        interaction_id="",
        conversation_id="",
        contact_id=None,
        to=(address,),
        text=letter.text,
        html=letter.html,
        subject=letter.subject,
        external_id=f"<link-{named}@{writer.address.rpartition('@')[2]}>",
        automatic=True,
        language=mail.user.language,
        until=mail.until,
        secret=True,
    )
    effect = to_person(
        permit, send, channel=writer.channel, entry_point_id=writer.id, dedupe_key=mail.key
    )
    add_effects(tx, [effect])
    return None
