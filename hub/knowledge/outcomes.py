"""What is said at closing: an article answered it, was made of it, is missing, is not needed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts.tables import contacts
from hub.core.errors import Invalid, NotFound
from hub.storage import Tx

from .model import Outcome
from .service import DraftFromContact, draft_from_contact, record_uses
from .tables import article_links, articles

MAX_NOTE = 200


class SayOutcome(NamedTuple):
    """`article_id`: which one answered it (linked). `note`: why none is needed, what is missing."""

    actor: Actor
    contact_id: str
    outcome: Outcome
    article_id: str | None = None
    note: str = ""


def say_outcome(tx: Tx, cmd: SayOutcome) -> str | None:
    """Keep what an agent says when closing; return the article it is about, if any.

    Linked without an article means those already used in it. Captured makes the draft. Raises
    NotFound, Invalid.
    """
    contact = tx.execute(
        select(contacts.c.id).where(contacts.c.id == cmd.contact_id).with_for_update()
    ).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    note = " ".join(cmd.note.split())
    if len(note) > MAX_NOTE:
        raise Invalid(
            f"`note` has at most {MAX_NOTE} characters.",
            code="article.note",
            most=MAX_NOTE,
            field="note",
        )
    article_id = _article(tx, cmd)
    tx.execute(
        update(contacts)
        .where(contacts.c.id == cmd.contact_id)
        .values(knowledge_outcome=cmd.outcome, knowledge_note=note or None)
    )
    detail = {"outcome": cmd.outcome.value, "article": article_id}
    audit(tx, cmd.actor, "contact.knowledge", "contact", cmd.contact_id, detail)
    return article_id


def _article(tx: Tx, cmd: SayOutcome) -> str | None:
    if cmd.outcome is Outcome.CAPTURED:
        return draft_from_contact(tx, DraftFromContact(cmd.actor, cmd.contact_id))
    if cmd.outcome is not Outcome.LINKED:
        return None
    if cmd.article_id is not None:
        known = tx.execute(select(articles.c.id).where(articles.c.id == cmd.article_id)).first()
        if known is None:
            raise NotFound("There is no such article.")
        record_uses(tx, cmd.actor, cmd.contact_id, [cmd.article_id], helpful=True)
        return cmd.article_id
    used: str | None = tx.execute(
        select(article_links.c.article_id)
        .where(article_links.c.contact_id == cmd.contact_id, article_links.c.helpful.is_not(False))
        .order_by(article_links.c.linked_at.desc(), article_links.c.id.desc())
        .limit(1)
    ).scalar()
    if used is None:
        raise Invalid(
            "No article was used in this contact: say which one answered it.",
            code="article.none_linked",
            field="article_id",
        )
    return used
