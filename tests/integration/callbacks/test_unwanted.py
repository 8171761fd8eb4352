"""Who is blocked, or whose request was nobody's, is not called back; a number has peace."""

from __future__ import annotations

import pytest

from hub.accounts.model import SYSTEM, Actor
from hub.callbacks.tables import callbacks
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from hub.core.errors import TooMany
from hub.desk.accepting import accept
from hub.desk.blocking import BlockSender, block_sender
from hub.desk.handling import Handle
from hub.desk.spam import MarkSpam, mark_spam
from hub.desk.telling import By
from hub.intake.callback_wishes import unwish_callback
from hub.routing.service import AcceptOffer
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent
from tests.integration.routing.test_offers import Floor

from .build import CHEN, Centre
from .test_in_writing import Asking, times, writes

ANN = By("01890000-0000-7000-8000-000000000001", "Ann")


async def blocks_sender(chat: Asking) -> None:
    handle = Handle(chat.contact_id, None, str(ANN.id), ANN.name)
    await chat.centre.store.write(
        block_sender, BlockSender(handle, Actor(ANN.id, ANN.name, "user"), "insults")
    )


async def blocks_number(centre: Centre) -> None:
    await centre.store.write(block, Block(SYSTEM, BlockKind.PHONE, CHEN, "a threat", "CN"))


async def test_who_is_blocked_is_not_called_whatever_became_of_the_chat(centre: Centre) -> None:
    chat = await writes(centre)
    await chat.wish()
    waits = (await centre.callback()).contact_id
    await blocks_sender(chat)
    stopped = await centre.callback()
    assert (stopped.state, stopped.finished_by) == ("cancelled", ANN.id)
    assert (await centre.contact(waits)).state == "closed"
    assert (await chat.contact()).ended_as == "callback"  # as it ended


async def test_who_is_blocked_in_a_later_chat_is_not_called_either(centre: Centre) -> None:
    await (await writes(centre)).wish()
    await blocks_sender(await writes(centre, "And you are all idiots"))
    assert (await centre.callback()).state == "cancelled"


async def test_spam_asks_for_no_call(centre: Centre) -> None:
    ann = await centre.store.write(add_agent, "Ann")
    chat = await writes(centre)
    await centre.store.write(give_to_agent, (chat.contact_id, ann))
    await chat.wish()
    await centre.store.write(mark_spam, MarkSpam(chat.contact_id, By(ann, "Ann")))
    assert (await centre.callback()).state == "cancelled"


async def test_a_number_that_was_blocked_meanwhile_is_not_let_in(centre: Centre) -> None:
    chat = await writes(centre)
    await chat.wish(at=(await times(centre)).times[0])
    await blocks_number(centre)
    centre.clock.advance(7_200)
    assert await centre.fire() == 1
    callback = await centre.callback()
    assert (callback.state, callback.contact_id) == ("cancelled", None)


async def test_a_number_that_was_blocked_meanwhile_is_not_rung(centre: Centre) -> None:
    await (await writes(centre)).wish()
    await blocks_number(centre)
    ann = await centre.store.write(add_agent, "Ann")
    offer_id = await Floor(centre.store, centre.clock).made(
        (await centre.callback()).contact_id, ann, "phone"
    )
    await centre.store.write(accept, AcceptOffer(offer_id, ann))
    assert (await centre.callback()).state == "cancelled"
    assert not [row for row in await centre.rows(outbox) if "dial" in str(row.effect).lower()]


async def test_a_number_is_asked_for_three_times_an_hour_whoever_asks_and_however(
    centre: Centre,
) -> None:
    ways = (CHEN, "138-0013-8000", "１３８００１３８０００")
    for place, number in enumerate(ways):
        chat = await writes(centre, who=f"visitor-{place}")
        await chat.wish(number)
        await unwish(chat)
        centre.clock.advance(600)
    chat = await writes(centre, who="visitor-9")
    with pytest.raises(TooMany) as refused:
        await chat.wish("+86 138 0013 8000 ext 5")
    assert (refused.value.reason, refused.value.retry_after_s) == ("call.too_many", 1_800)
    assert len(await centre.rows(callbacks)) == 3
    centre.clock.advance(1_801)
    assert (await chat.wish()).state == "queued"


async def unwish(chat: Asking) -> None:
    await chat.centre.store.write(unwish_callback, chat.conversation_id)
