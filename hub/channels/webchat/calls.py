"""A customer asks to be called: what may be asked how often, and what they are told."""

from __future__ import annotations

from time import monotonic

from hub.channels.base import Door
from hub.contacts.callback_wishes import CallbackWish
from hub.contacts.inbound import BLOCKED
from hub.core.budget import Budgets, Rate
from hub.core.errors import Conflict, Forbidden, Invalid, TooMany
from hub.core.networks import network_of

from . import protocol as p
from . import service
from .call_frames import call_times, call_view
from .inbound import proof_of
from .visitors import Visitors

HOUR_S = 3600.0
OF_VISITOR = Rate(per_s=5 / HOUR_S, burst=5)
OF_NETWORK = Rate(per_s=15 / HOUR_S, burst=15)
# All wishes of an entry point: who has many networks at hand has no more numbers called.
OF_POINT = Rate(per_s=300 / HOUR_S, burst=150)
# Times are counted anew each time they are asked for: who reloads often does, nobody else.
TIMES_OF_VISITOR = Rate(per_s=0.2, burst=10)
TIMES_OF_NETWORK = Rate(per_s=1.0, burst=60)


class Calls:
    """Shared by all sockets of one gateway."""

    def __init__(self, door: Door, visitors: Visitors) -> None:
        self._door = door
        self._visitors = visitors
        self._of_visitor = Budgets(OF_VISITOR)
        self._of_network = Budgets(OF_NETWORK)
        self._of_point = Budgets(OF_POINT)
        self._times_of_visitor = Budgets(TIMES_OF_VISITOR)
        self._times_of_network = Budgets(TIMES_OF_NETWORK)

    async def fulfil(
        self, visitor: service.Visitor, wish: p.CallWished, address: str
    ) -> p.CallTimes | p.CallStands:
        """Do what is wished, and return what the page is told; `address`: where the page is.

        Raises TooMany, Invalid for the number or the time, Conflict where nobody is called back,
        Forbidden for who is on the block list.
        """
        conversation_id, network = visitor.conversation_id, network_of(address)
        if isinstance(wish, p.AskCallTimes):
            _take((self._times_of_visitor, visitor.id), (self._times_of_network, network))
            return call_times(
                await self._door.callback_times(visitor.entry_point_id, conversation_id)
            )
        if conversation_id is None:
            raise Conflict("Say first what it is about.", code="chat.empty")
        if isinstance(wish, p.CallNoMore):
            await self._door.unwish_callback(conversation_id)
            return p.CallStands()
        if await self._visitors.is_blocked(visitor, address):
            raise Forbidden("You cannot write to us here any more.", code=BLOCKED)
        own, of_point = (self._of_visitor, visitor.id), (self._of_point, visitor.entry_point_id)
        _take(own, (self._of_network, network), of_point)
        asked = CallbackWish(conversation_id, wish.number.strip(), wish.at, proof_of(visitor))
        try:
            return p.CallStands(call=call_view(await self._door.wish_callback(asked)))
        except Invalid:  # mistyped: the right one may follow. Who tries numbers has no more of them
            _give_back(own, of_point)
            raise


_Held = tuple[Budgets, str]


def _take(*wanted: _Held) -> None:
    """Take one from each budget, or none. Raises TooMany."""
    now_s = monotonic()
    for place, (budgets, key) in enumerate(wanted):
        if wait_s := budgets.take(key, now_s):
            _give_back(*wanted[:place])
            raise TooMany(
                "A call was asked for often enough: please wait.",
                code="call.too_many",
                retry_after_s=wait_s,
            )


def _give_back(*held: _Held) -> None:
    for budgets, key in held:
        budgets.give_back(key)
