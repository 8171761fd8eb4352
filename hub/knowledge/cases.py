"""Cases: contacts that an article resolved, findable by what the customer asked in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from hub.contacts.model import Direction, InteractionKind
from hub.contacts.tables import contacts, interactions
from hub.core.ids import new_id
from hub.storage import Tx

from .indexing import NewCase, forget_cases, index_cases
from .suggesting.words import words_of
from .tables import article_links

_MAX_ENTRIES = 60  # of one contact: the question is at its beginning
_MAX_TEXT = 6_000
_WRITTEN = (InteractionKind.MESSAGE, InteractionKind.FAX, InteractionKind.VOICEMAIL)


@dataclass(frozen=True, slots=True)
class Case:
    """What was asked and what was answered in one contact, in the order it was said."""

    question: str
    answer: str


def read_case(tx: Tx, contact_id: str) -> Case:
    """Return the customer's words and the agents' public ones. Automatic answers are left out."""
    rows = tx.execute(
        select(interactions.c.direction, interactions.c.text, interactions.c.author_id)
        .join(contacts, contacts.c.conversation_id == interactions.c.conversation_id)
        .where(
            contacts.c.id == contact_id,
            interactions.c.contact_id == contact_id,
            interactions.c.kind.in_(_WRITTEN),
        )
        .order_by(interactions.c.seq)
        .limit(_MAX_ENTRIES)
    ).all()
    subject = tx.execute(
        select(contacts.c.subject).where(contacts.c.id == contact_id)
    ).scalar_one_or_none()
    asked = [row.text for row in rows if row.direction == Direction.INBOUND]
    said = [row.text for row in rows if row.direction == Direction.OUTBOUND and row.author_id]
    return Case(_joined([subject or "", *asked]), _joined(said))


def learn_cases(tx: Tx, contact_ids: Sequence[str]) -> None:
    """Keep what was asked in these contacts, for each article that helped in them.

    Called when an article is used, and again when the contact closes with all its words.
    """
    links = tx.execute(
        select(
            article_links.c.contact_id,
            article_links.c.article_id,
            article_links.c.helpful,
            contacts.c.opened_at,
            contacts.c.language,
        )
        .join(contacts, contacts.c.id == article_links.c.contact_id)
        .where(article_links.c.contact_id.in_(sorted(set(contact_ids))))
        .order_by(article_links.c.id)
    ).all()
    if not links:
        return
    forget_cases(tx, [link.contact_id for link in links])
    helped = [link for link in links if link.helpful is not False]
    asked = {link.contact_id: read_case(tx, link.contact_id).question for link in helped}
    words = {contact_id: tuple(words_of(text)) for contact_id, text in asked.items()}
    index_cases(
        tx,
        [
            NewCase(
                id=new_id(),
                ref_id=link.contact_id,
                article_id=link.article_id,
                text=asked[link.contact_id],
                words=words[link.contact_id],
                language=link.language,
                source="contact",
                external_key=f"{link.contact_id}:{link.article_id}",
                at=link.opened_at,
            )
            for link in helped
            if words[link.contact_id]
        ],
    )


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(text.strip() for text in texts if text.strip())[:_MAX_TEXT]
