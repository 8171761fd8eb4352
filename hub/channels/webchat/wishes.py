"""What a customer asks for beside the talk: to be written to by mail, all that was said, a code
that proves an address, a call.
"""

from __future__ import annotations

from time import monotonic

from hub.channels.base import Door
from hub.contacts.proving.model import AskCode, CodeAnswer
from hub.core.budget import Budgets, Rate
from hub.core.errors import Conflict, HubError, Invalid, TooMany
from hub.core.networks import network_of

from . import protocol as p
from . import service
from .calls import Calls
from .visitors import Visitors

HOUR_S, DAY_S = 3600.0, 86_400.0
TRANSCRIPTS = Rate(per_s=3 / HOUR_S, burst=3)  # of one visitor, and to one address
OF_NETWORK = Rate(per_s=20 / HOUR_S, burst=20)
# All codes of an entry point: who has many networks at hand floods mailboxes no faster.
OF_POINT = Rate(per_s=300 / HOUR_S, burst=300)
# Wrong codes, whoever's: each visit has its own tries, so these end guessing over many visits.
WRONG_OF_NETWORK = Rate(per_s=60 / DAY_S, burst=20)
WRONG_OF_POINT = Rate(per_s=600 / DAY_S, burst=100)


class Wishes:
    """Shared by all sockets of one gateway."""

    def __init__(self, door: Door, visitors: Visitors) -> None:
        self._door = door
        self._visitors = visitors
        self._calls = Calls(door, visitors)
        self._of_visitor = Budgets(TRANSCRIPTS)
        self._to_address = Budgets(TRANSCRIPTS)
        self._of_network = Budgets(OF_NETWORK)
        self._codes_of_network = Budgets(OF_NETWORK)
        self._codes_of_point = Budgets(OF_POINT)
        self._wrong_of_network = Budgets(WRONG_OF_NETWORK)
        self._wrong_of_point = Budgets(WRONG_OF_POINT)

    async def fulfil(self, visitor: service.Visitor, wish: p.Wished, address: str) -> p.ServerFrame:
        """Do what is wished, and return what the page is told; `address`: where the page is. Raises
        TooMany, Invalid for what is no address or number, Conflict where it cannot be done.
        """
        network = network_of(address)
        match wish:
            case p.Transcript(email=email):
                return await self._transcript(visitor, email.strip(), network)
            case p.AskCode(email=email):
                return await self._ask_code(visitor, email, network)
            case p.GiveCode(code=code):
                answer = await self._check_code(visitor, code, network)
                if answer.address is None:
                    return p.CodeWrong(tries_left=answer.tries_left)
                await self.mail_to(visitor)
                return p.Proved(email=answer.address)
            case p.AskCallTimes() | p.CallMe() | p.CallNoMore():
                return await self._calls.fulfil(visitor, wish, address)

    async def mail_to(self, visitor: service.Visitor) -> None:
        """Have a visitor who leaves written to at the address they gave, if it is one."""
        address = visitor.signed_email or visitor.email
        if visitor.conversation_id is not None and address:
            await self._door.mail_to(visitor.conversation_id, address)

    async def _ask_code(self, visitor: service.Visitor, email: str, network: str) -> p.CodeSent:
        # Who came by a link in a mail speaks as whoever began the chat, and may be somebody else.
        if visitor.speaks_as or not self._visitors.may_prove(visitor.entry_point_id):
            raise Conflict("Addresses are not proved by codes here.", code="code.off")
        of_network = (self._codes_of_network, network)
        of_point = (self._codes_of_point, visitor.entry_point_id)
        _take_code(of_network, of_point)
        ask = AskCode(
            visitor.entry_point_id,
            visitor.id,
            email,
            visitor.language or None,
            network,
            visitor.proven_email or "",
        )
        try:
            sent = await self._door.send_code(ask)
        except HubError as refused:  # nothing goes out: everybody else's are not fewer for it
            _give_back(of_point)
            if isinstance(refused, Invalid):
                _give_back(of_network)
            raise
        return p.CodeSent(to=sent.to, good_s=sent.good_s)

    async def _check_code(self, visitor: service.Visitor, code: str, network: str) -> CodeAnswer:
        """Check a code. The budgets are held meanwhile: many at once are no more than one after the
        other.
        """
        held = (
            (self._wrong_of_network, network),
            (self._wrong_of_point, visitor.entry_point_id),
        )
        _take_code(*held)
        guessed = False
        try:
            answer = await self._visitors.check_code(visitor, code)
            guessed = answer.guessed
        finally:
            if not guessed:
                _give_back(*held)
        return answer

    async def _transcript(self, visitor: service.Visitor, email: str, network: str) -> p.Mailed:
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


_Held = tuple[Budgets, str]


def _take_code(*wanted: _Held) -> None:
    """Take one from each budget, or none. Raises TooMany."""
    now_s = monotonic()
    for number, (budgets, key) in enumerate(wanted):
        if wait_s := budgets.take(key, now_s):
            _give_back(*wanted[:number])
            raise TooMany(
                "There were codes enough for a while: please wait.",
                code="code.too_many",
                retry_after_s=wait_s,
            )


def _give_back(*held: _Held) -> None:
    for budgets, key in held:
        budgets.give_back(key)
