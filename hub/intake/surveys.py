"""How was it? What a customer answers, in the chat or by the link in a mail: one transaction keeps
it, shows it on the timeline, and puts somebody on it where it is low.
"""

from __future__ import annotations

from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.inbound import SurveyAnswer
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.research.links import LinkAnswer, answered, find_ask
from hub.contacts.research.model import AFTER_CONTACT, BEST, MAX_COMMENT, SATISFACTION, WORST
from hub.contacts.research.service import NewAnswer, keep_answers
from hub.contacts.tables import contacts
from hub.core.errors import Invalid
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.settings import load_customer_settings
from hub.routing.recovery import recovery_aims
from hub.storage import Tx

from .entries import append_entry


def surveyed(tx: Tx, news: SurveyAnswer) -> None:
    """Keep what a customer says of a contact; the first answer counts. Raises NotFound, Invalid."""
    if not WORST <= news.score <= BEST:
        raise Invalid("A survey answer is a number from 1 to 5.", code="survey.score")
    row = contact_service.get_contact(tx, news.contact_id)
    if row.survey_score is not None:
        return
    comment = hide_card_numbers(tx, news.comment.strip())[:MAX_COMMENT]
    tx.execute(
        update(contacts)
        .where(contacts.c.id == row.id)
        .values(
            survey_score=news.score, survey_comment=comment or None, version=contacts.c.version + 1
        )
    )
    entry_id = append_entry(
        tx,
        row,
        InteractionKind.SURVEY,
        Direction.INTERNAL,
        comment,
        news.occurred_at,
        {"score": news.score},
    )
    answer = NewAnswer(
        identity_id=row.identity_id,
        survey_key=AFTER_CONTACT,
        question_key=SATISFACTION,
        score=news.score,
        answer=comment or None,
        at=news.occurred_at,
        source=AFTER_CONTACT,
        contact_id=row.id,
    )
    keep_answers(tx, [answer], recovery_aims, {row.id: entry_id})
    settings = load_customer_settings(tx)
    if settings.outreach.low_score_is_complaint and news.score <= settings.surveys.low_score:
        said = comment or f"{news.score} / 5"
        open_complaint(tx, OpenComplaint(SYSTEM, said, contact_id=row.id, source="survey"))
    tx.hint("contact.changed", row.id)


def answer_by_link(tx: Tx, said: LinkAnswer) -> bool:
    """Keep what was answered on the page behind a link, once; False: the link is none of ours, has
    expired or was answered before.
    """
    ask = find_ask(tx, said.token, for_change=True)
    if ask is None or not ask.is_open(tx.now):
        return False
    answered(tx, ask)
    if ask.contact_id is not None:
        surveyed(tx, SurveyAnswer(ask.contact_id, said.score, said.comment, tx.now))
        return True
    answer = NewAnswer(
        identity_id=ask.identity_id,
        survey_key=ask.survey_key,
        question_key=SATISFACTION,
        score=said.score,
        answer=hide_card_numbers(tx, said.comment.strip())[:MAX_COMMENT] or None,
        at=tx.now,
        source="campaign" if ask.campaign_id else "survey",
        campaign_id=ask.campaign_id,
    )
    keep_answers(tx, [answer], recovery_aims)
    return True
