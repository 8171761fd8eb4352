"""What follows from the end of a contact for its customer: how was it, and was it a complaint?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.accounts.model import Actor
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.effects import AskSurvey
from hub.contacts.outreach.model import Later, Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.outreach.service import AskFor, NewOutreach, may_contact, note_outreach
from hub.contacts.research.asking import AskByMail, ask_by_mail
from hub.contacts.tables import reasons
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.storage import Tx
from hub.storage.outbox import add_effects


def ask_how_it_was(tx: Tx, row: Row[Any], *, in_channel: bool) -> None:
    """Ask the customer of a contact how it was: at once where its channel can, else by a link in a
    mail, where the set-up says so; of what was never answered there is nothing to ask.
    """
    if in_channel:
        ask_survey(tx, row)
    elif row.answered_at is not None:
        ask = AskByMail(row.id, row.conversation_id, row.channel, row.identity_id, row.language)
        ask_by_mail(tx, [ask])


def ask_survey(tx: Tx, row: Row[Any]) -> None:
    """Ask the customer of a contact how it was while they are still there; not who wants to be
    asked nothing, which is kept.
    """
    ask = AskFor(Purpose.SURVEY, row.channel, row.identity_id, in_contact=True)
    [answer] = may_contact(tx, [ask])
    if not isinstance(answer, Permit):
        outcome = "later" if isinstance(answer, Later) else "refused"
        new = NewOutreach(
            row.identity_id, ask.purpose, ask.channel, answer.why, outcome, contact_id=row.id
        )
        note_outreach(tx, [new])
        return
    survey = AskSurvey(
        contact_id=row.id, conversation_id=row.conversation_id, language=row.language
    )
    order = to_person(
        answer,
        survey,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"survey:{new_id()}",
        at_most_once=True,
    )
    add_effects(tx, [order])


def note_complaint(tx: Tx, contact_id: str, by: Actor, reason_id: str | None) -> None:
    """Open a complaint where the reason that an agent chose says that it is one."""
    if reason_id is None:
        return
    found = select(reasons.c.zh, reasons.c.en).where(reasons.c.id == reason_id, reasons.c.complaint)
    reason = tx.execute(found).first()
    if reason is not None:
        words = f"{reason.zh} / {reason.en}"
        open_complaint(tx, OpenComplaint(by, words, contact_id=contact_id, source="disposition"))
