"""Tags of many contacts in few statements, on both databases, also where some share a thread."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from hub.accounts.model import SYSTEM
from hub.contacts.tables import contacts, interactions
from hub.contacts.tags.model import Changed
from hub.contacts.tags.service import SetTagsOfMany, set_tags_of_many
from hub.contacts.tags.tables import contact_tags, tags
from hub.core.errors import HubError, Invalid, NotFound
from hub.intake import receive
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from tests.integration.routing.test_ahead import _message


def make_tags(tx: Tx, keys: list[str]) -> None:
    rows = [{"id": key, "zh": key, "en": key, "colour": "grey", "position": 0} for key in keys]
    tx.execute(insert(tags), rows)


def join(tx: Tx, _: None) -> list[str]:
    """All contacts are of one conversation, as those of a customer who came again."""
    rows = tx.execute(select(contacts).order_by(contacts.c.id)).all()
    over = {"state": "closed", "ended_as": "handled", "closed_at": tx.now}
    tx.execute(update(contacts).where(contacts.c.id != rows[0].id).values(over))
    tx.execute(update(contacts).values(conversation_id=rows[0].conversation_id))
    return [row.id for row in rows]


def seen(tx: Tx, _: None) -> tuple[list[list[str] | None], list[tuple[str, str]], list[int]]:
    said = [row.tags for row in tx.execute(select(contacts).order_by(contacts.c.id))]
    held = [(row.contact_id, row.tag_id) for row in tx.execute(select(contact_tags))]
    told = select(interactions.c.seq).where(interactions.c.kind == "system")
    return said, sorted(held), sorted(tx.execute(told).scalars())


async def test_those_of_one_conversation_are_told_one_after_the_other(
    store: Store, clock: ManualClock
) -> None:
    await store.write(open_center, None)
    await store.write(make_tags, ["late", "refund"])
    for number in range(3):
        await store.write(receive, _message(clock, f"visitor-{number}"))
    a, b, c = await store.write(join, None)
    _, _, before = await store.read(seen, None)

    done = await store.write(set_tags_of_many, SetTagsOfMany((a, b), SYSTEM, ("late",)))
    assert done == {id_: Changed(("late",), ("late",), ()) for id_ in (a, b)}
    act = SetTagsOfMany((a, b, c, "nobody"), SYSTEM, ("refund",), ("late",))
    done = await store.write(set_tags_of_many, act)
    assert isinstance(done["nobody"], NotFound)
    said, held, after = await store.read(seen, None)
    assert said == [["refund"]] * 3
    assert held == [(id_, "refund") for id_ in (a, b, c)]
    assert len(after) - len(before) == 5
    assert len(set(after[-5:])) == 5

    done = await store.write(set_tags_of_many, SetTagsOfMany((a, c), SYSTEM, (), ("refund",)))
    assert not any(isinstance(one, HubError) for one in done.values())
    assert (await store.read(seen, None))[0] == [None, ["refund"], None]
    done = await store.write(set_tags_of_many, SetTagsOfMany((a,), SYSTEM, ("nope",)))
    assert isinstance(done[a], Invalid)
