"""Tags put on many contacts at once, others taken off: few statements, however many they are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from hub.accounts.model import actor_of
from hub.agent_console.readers import sight_of
from hub.agent_console.tagging import Keys
from hub.contacts.tables import contacts
from hub.contacts.tags.service import SetTagsOfMany, set_tags_of_many
from hub.core.errors import HubError, Invalid, NotFound
from hub.storage import Store, Tx
from hub.web import Body, Principal

from .bulk_answers import Before, Refused, before, refused

_IN_ONE = 100  # contacts of one transaction: customers' messages are written between them


class PutTags(Body, frozen=True, tag="tags", tag_field="act"):
    """Keys of tags; what is there already, or not there, changes nothing."""

    add: Keys = msgspec.field(default_factory=list)
    remove: Keys = msgspec.field(default_factory=list)


Asked = tuple[Principal, Sequence[str], PutTags]


async def tag_many(
    store: Store, principal: Principal, contact_ids: Sequence[str], act: PutTags
) -> list[Before | Refused]:
    """Put tags on contacts and take others off; return what became of each, in their order.

    Whoever sees a contact may tag it. Raises Invalid where the act itself makes no sense.
    """
    if not act.add and not act.remove:
        raise Invalid("Say which tags are put on, or taken off.", field="do")
    if both := set(act.add) & set(act.remove):
        raise Invalid(f"Put {min(both)!r} on or take it off, one of the two.", code="tags.both")
    results: list[Before | Refused] = []
    for at in range(0, len(contact_ids), _IN_ONE):
        results += await store.write(_tag, (principal, contact_ids[at : at + _IN_ONE], act))
    return results


def _tag(tx: Tx, asked: Asked) -> list[Before | Refused]:
    principal, contact_ids, act = asked
    seen = select(contacts).where(
        contacts.c.id.in_(contact_ids), sight_of(tx, principal).contacts()
    )
    rows = {row.id: row for row in tx.execute(seen)}
    ids = tuple(contact_id for contact_id in contact_ids if contact_id in rows)
    command = SetTagsOfMany(ids, actor_of(principal), tuple(act.add), tuple(act.remove))
    done = set_tags_of_many(tx, command)
    results: list[Before | Refused] = []
    for contact_id in contact_ids:
        change = done.get(contact_id, NotFound("There is no such contact."))
        if isinstance(change, HubError):
            results.append(refused(contact_id, change))
        else:
            stood = before(rows[contact_id])
            added, removed = list(change.added), list(change.removed)
            results.append(msgspec.structs.replace(stood, added=added, removed=removed))
    return results
