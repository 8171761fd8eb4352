"""What became of a text of ours: kept, and told to the agent where it means something to them."""

from __future__ import annotations

from hub.channels.base import Door
from hub.contacts.inbound import DeliveryReport
from hub.contacts.model import DeliveryState

from . import service
from .service import News
from .states import OPTED_OUT, in_words, means


async def settle(door: Door, entry_point_id: str, news: News) -> None:
    """Take up what the provider says of a text; again, or late, it changes nothing.

    Raises NotFound where the text is no longer kept, Unavailable.
    """
    sending = await door.store.write(service.note_state, news)
    state = None if sending is None else means(sending.told)
    if sending is None or state is None:
        return
    told = sending.told
    failed = state is DeliveryState.FAILED
    await door.report(
        DeliveryReport(
            key=f"{sending.sid}:{told.state}",
            entry_point_id=entry_point_id,
            occurred_at=door.clock.now(),
            state=state,
            interaction_id=news.interaction_id,
            detail=in_words(told.code, told.state) if failed else None,
            opted_out=failed and told.code == OPTED_OUT,
        )
    )
