"""The only way to a contact, a conversation or a file on behalf of a user: deny by default.

A contact is visible to whoever serves its queue, and to whom it is assigned or offered; a
conversation through any of its contacts; a draft through its contact; a file through its
conversation or draft, or to its uploader while neither has it. Queues belong to teams, which the
contact store knows nothing of: who does hands in `VisibleQueues`. What somebody may not see does
not exist for them: NotFound, also across teams.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, false, or_, select, true

from hub.core.errors import Forbidden, NotFound
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web.principal import Principal, Role

from .joining.consults import asked_of
from .joining.tables import contact_merges
from .tables import attachments, contacts, conversations, interactions

# The queues whose contacts a user may see; None: all of them.
VisibleQueues = Callable[[Tx, Principal], frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one user may see: contacts of these queues (None: all), those they hold, and those they
    are asked about.

    `steers`: may act on contacts that others hold. `asked`: contacts of open questions to them.
    """

    user_id: str
    queues: frozenset[str] | None
    steers: bool = False
    asked: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tx: Tx, principal: Principal, visible: VisibleQueues) -> Sight:
        steers = principal.role.at_least(Role.SUPERVISOR)
        queues = visible(tx, principal)
        asked = asked_of(tx, [(principal.user_id, queues)])[principal.user_id]
        return cls(principal.user_id, queues, steers, asked)

    def contacts(self) -> ColumnElement[bool]:
        """The condition on `contacts` that keeps what may be seen."""
        if self.queues is None:
            return true()
        seen = or_(self.waiting(), contacts.c.agent_id == self.user_id)
        return or_(seen, contacts.c.id.in_(sorted(self.asked))) if self.asked else seen

    def sees(self, queue_id: str, agent_id: str | None, contact_id: str | None) -> bool:
        """The same of a contact that was read already. `contact_id` None: being asked about it
        does not count.
        """
        if self.queues is None or queue_id in self.queues or agent_id == self.user_id:
            return True
        return contact_id in self.asked

    def waiting(self) -> ColumnElement[bool]:
        """The condition on `contacts` that keeps what is in the user's queues."""
        if self.queues is None:
            return true()
        return contacts.c.queue_id.in_(sorted(self.queues)) if self.queues else false()

    def conversations(self) -> ColumnElement[bool]:
        """The condition on `conversations` that keeps what may be seen."""
        if self.queues is None:
            return true()
        own = select(contacts.c.id).where(contacts.c.conversation_id == conversations.c.id)
        goes_on = (
            select(contacts.c.id)
            .join(
                contact_merges, contact_merges.c.kept_conversation_id == contacts.c.conversation_id
            )
            .where(
                contact_merges.c.from_conversation_id == conversations.c.id,
                contact_merges.c.undone_at.is_(None),
            )
        )
        return or_(exists(own.where(self.contacts())), exists(goes_on.where(self.contacts())))


def access_contact(tx: Tx, sight: Sight, contact_id: str, *, for_change: bool = False) -> Row[Any]:
    """Return a contact that this user may see, locked if it is to be changed. Raises NotFound."""
    found = select(contacts).where(contacts.c.id == contact_id, sight.contacts())
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such contact.")
    return row


def access_contacts(tx: Tx, sight: Sight, contact_ids: Sequence[str]) -> list[Row[Any]]:
    """Return contacts that this user may see, in one statement. Raises NotFound if any is not."""
    wanted = set(contact_ids)
    found = select(contacts).where(contacts.c.id.in_(sorted(wanted)), sight.contacts())
    rows = tx.execute(found).all()
    if len(rows) != len(wanted):
        raise NotFound("There is no such contact.")
    return list(rows)


def access_held_contact(tx: Tx, sight: Sight, contact_id: str) -> Row[Any]:
    """Return a contact that this user may act on: their own, or any they see if they steer.

    Raises NotFound, or Forbidden for a contact that is somebody else's.
    """
    row = access_contact(tx, sight, contact_id)
    if row.agent_id != sight.user_id and not sight.steers:
        raise Forbidden("This contact is with somebody else.", code="contact.not_yours")
    return row


def access_conversation(tx: Tx, sight: Sight, conversation_id: str) -> Row[Any]:
    """Return a conversation that this user may see. Raises NotFound."""
    row = tx.execute(
        select(conversations).where(conversations.c.id == conversation_id, sight.conversations())
    ).first()
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


_CONTACTS_OF = Statement("""
SELECT c.id, c.customer_read_seq, k.queue_id, k.agent_id, k.id AS contact_id
FROM {rows} JOIN conversations c ON c.id = {text 0}
LEFT JOIN contacts k ON k.conversation_id = c.id
UNION
SELECT c.id, c.customer_read_seq, k.queue_id, k.agent_id, k.id AS contact_id
FROM {rows} JOIN contact_merges m ON m.from_conversation_id = {text 0} AND m.undone_at IS NULL
JOIN conversations c ON c.id = m.from_conversation_id
JOIN contacts k ON k.conversation_id = m.kept_conversation_id
""")


def conversations_seen(tx: Tx, pairs: Sequence[tuple[Sight, str]]) -> dict[tuple[str, str], int]:
    """Return what the customer has read, by (user, conversation), where that user may see it.

    As access_conversation, for many at once.
    """
    held: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in _CONTACTS_OF(tx, [[id_] for id_ in sorted({id_ for _, id_ in pairs})]):
        held[row.id].append(row)
    return {
        (sight.user_id, id_): held[id_][0].customer_read_seq
        for sight, id_ in pairs
        if any(sight.sees(row.queue_id, row.agent_id, row.contact_id) for row in held[id_])
    }


def access_interaction(tx: Tx, sight: Sight, interaction_id: str) -> Row[Any]:
    """Return an entry of a conversation that this user may see. Raises NotFound."""
    row = tx.execute(select(interactions).where(interactions.c.id == interaction_id)).first()
    if row is None or row.conversation_id is None:
        raise NotFound("There is no such entry.")
    access_conversation(tx, sight, row.conversation_id)
    return row


def access_file(tx: Tx, sight: Sight, attachment_id: str) -> Row[Any]:
    """Return an attachment that this user may see, with its entry's `entry_kind` and `entry_meta`.

    Raises NotFound.
    """
    kind, meta = interactions.c.kind.label("entry_kind"), interactions.c.meta.label("entry_meta")
    row = tx.execute(
        select(attachments, interactions.c.conversation_id, kind, meta)
        .outerjoin(interactions, interactions.c.id == attachments.c.interaction_id)
        .where(attachments.c.id == attachment_id)
    ).first()
    if row is None:
        raise NotFound("There is no such file.")
    if row.conversation_id is not None:
        access_conversation(tx, sight, row.conversation_id)
    elif row.contact_id is not None:
        access_contact(tx, sight, row.contact_id)
    elif row.uploader != f"user:{sight.user_id}":
        raise NotFound("There is no such file.")
    return row
