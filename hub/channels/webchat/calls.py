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
from .visitors import Visitors

HOUR_S = 3600.0
OF_VISITOR = Rate(per_s=5 / HOUR_S, burst=5)
OF_NETWORK = Rate(per_s=15 / HOUR_S, burst=15)
TO_NUMBER = Rate(per_s=3 / HOUR_S, burst=3)
# All wishes of an entry point: who has many networks at hand has no more numbers called.
OF_POINT = Rate(per_s=300 / HOUR_S, burst=150)
_TELLING = 8  # digits that make a number, however its country and its area are written


class Calls:
    """Shared by all sockets of one gateway."""

    def __init__(self, door: Door, visitors: Visitors) -> None:
        self._door = door
        self._visitors = visitors
        self._of_visitor = Budgets(OF_VISITOR)
        self._of_network = Budgets(OF_NETWORK)
        self._to_number = Budgets(TO_NUMBER)
        self._of_point = Budgets(OF_POINT)

    async def fulfil(
        self, visitor: service.Visitor, wish: p.CallWished, address: str
    ) -> p.CallTimes | p.CallStands:
        """Do what is wished, and return what the page is told; `address`: where the page is.

        Raises TooMany, Invalid for the number or the time, Conflict where nobody is called back,
        Forbidden for who is on the block list.
        """
        conversation_id = visitor.conversation_id
        if isinstance(wish, p.AskCallTimes):
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
        held = self._take(visitor, wish.number, network_of(address))
        asked = CallbackWish(conversation_id, wish.number.strip(), wish.at)
        try:
            return p.CallStands(call=call_view(await self._door.wish_callback(asked)))
        except Invalid:  # mistyped: the right one may follow
            for budgets, key in held:
                budgets.give_back(key)
            raise

    def _take(
        self, visitor: service.Visitor, number: str, network: str
    ) -> list[tuple[Budgets, str]]:
        """Take one from each budget, or none, and return them. Raises TooMany."""
        digits = "".join(letter for letter in number if letter.isdigit())
        wanted = [
            (self._of_visitor, visitor.id),
            (self._of_network, network),
            (self._to_number, digits[-_TELLING:]),
            (self._of_point, visitor.entry_point_id),
        ]
        now_s = monotonic()
        for place, (budgets, key) in enumerate(wanted):
            if wait_s := budgets.take(key, now_s):
                for taken, its in wanted[:place]:
                    taken.give_back(its)
                raise TooMany(
                    "A call was asked for often enough: please wait.",
                    code="call.too_many",
                    retry_after_s=wait_s,
                )
        return wanted
