"""What a customer asks for beside the talk: to be written to by mail, and all that was said."""

from __future__ import annotations

from time import monotonic

from hub.channels.base import Door
from hub.core.budget import Budgets, Rate
from hub.core.errors import Conflict, Invalid, TooMany

from . import protocol as p
from . import service

HOUR_S = 3600.0
TRANSCRIPTS = Rate(per_s=3 / HOUR_S, burst=3)  # of one visitor, and to one address
OF_NETWORK = Rate(per_s=20 / HOUR_S, burst=20)


class Wishes:
    """Shared by all sockets of one gateway."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._of_visitor = Budgets(TRANSCRIPTS)
        self._to_address = Budgets(TRANSCRIPTS)
        self._of_network = Budgets(OF_NETWORK)

    async def mail_to(self, visitor: service.Visitor) -> None:
        """Have a visitor who leaves written to at the address they gave, if it is one."""
        address = visitor.signed_email or visitor.email
        if visitor.conversation_id is not None and address:
            await self._door.mail_to(visitor.conversation_id, address)

    async def transcript(self, visitor: service.Visitor, email: str, network: str) -> p.Mailed:
        """Mail what was said to `email`, or to the address that is known.

        Raises TooMany, Invalid for what is no address, Conflict where it cannot be mailed.
        """
        address = email or visitor.signed_email or visitor.email
        if not address:
            raise Invalid("Give the address to which it is to go.", code="email.wrong")
        if visitor.conversation_id is None:
            raise Conflict("Nothing was said in this chat yet.", code="chat.empty")
        now_s = monotonic()
        for budgets, key in (
            (self._of_network, network),
            (self._of_visitor, visitor.id),
            (self._to_address, address.casefold()),
        ):
            if wait_s := budgets.take(key, now_s):
                raise TooMany(
                    "It was sent often enough: please wait.",
                    code="transcript.too_many",
                    retry_after_s=wait_s,
                )
        to = await self._door.mail_transcript(
            visitor.conversation_id, address, visitor.language or None
        )
        return p.Mailed(to=to)
