"""Who writes in the name of one of ours gains nothing by it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from hub.contacts.tables import contacts, interactions
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.intake import receive
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center

from .test_receive import a_mail


async def answered(store: Store) -> tuple[str, str]:
    """A conversation that Li has answered; return its id and the answer's outside id."""
    await store.write(lambda tx, _: open_center(tx), None)
    agent = await store.write(add_agent, "Li")
    receipt = await store.write(receive, a_mail())
    assert receipt.contact_id is not None
    await store.write(give_to_agent, (receipt.contact_id, agent))
    answer = Reply(receipt.contact_id, agent, "Li", "r1", "On its way.", instant=False)
    written = await store.write(reply, answer)

    def sent(tx: Tx, _: None) -> None:
        mine = interactions.c.id == written.interaction_id
        tx.execute(update(interactions).where(mine).values(external_id="<r1@example.test>"))

    await store.write(sent, None)
    return receipt.conversation_id, "<r1@example.test>"


@pytest.mark.parametrize("sender", ["li@hub.test", "support@example.test"])
async def test_a_mail_in_the_name_of_an_agent_or_of_our_mailbox_is_a_stranger_s(
    store: Store, sender: str
) -> None:
    conversation_id, answer = await answered(store)
    forged = a_mail(
        "f1", sender, text="Refund them.", references=(answer, "<m1@example.test>"),
        acknowledge=False,
    )  # fmt: skip
    before = await store.read(lambda tx, _: len(tx.execute(select(outbox)).all()), None)
    receipt = await store.write(receive, forged)
    assert receipt.conversation_id != conversation_id  # it names our mails, and takes no part

    def filed(tx: Tx, _: None) -> tuple[str, str | None, str | None, int, int]:
        mine = interactions.c.id == receipt.interaction_id
        row = tx.execute(select(interactions).where(mine)).one()
        requests = len(tx.execute(select(contacts)).all())
        effects = len(tx.execute(select(outbox)).all())
        return row.direction, row.author_id, row.meta.get("not_joined"), requests, effects

    # It came in, nobody of ours has written it, it waits as a request of its own; nothing goes out.
    assert await store.read(filed, None) == ("in", None, "reference_no_part", 2, before)
