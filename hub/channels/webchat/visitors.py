"""Who is at the other end of a socket: finds, makes and renews visitor sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic

from hub.channels.base import Door
from hub.contacts.inbound import Blockable, SurveyAnswer
from hub.contacts.proving.model import CodeAnswer, GiveCode, SignsIn
from hub.core.budget import Budgets
from hub.core.errors import NotFound, TooMany
from hub.core.ids import new_id
from hub.core.networks import network_of

from . import proofs, service
from . import protocol as p
from .actions import SaveSurvey
from .identity import Keys, RefusedIdentity, SiteIdentity, parse_identity
from .inbound import proof_of, proven_of, senders_of
from .returning import PACE
from .session import Opened
from .settings import WebChatSettings
from .standing import IDLE


@dataclass(frozen=True, slots=True)
class Welcomed:
    visitor: service.Visitor
    opened: Opened
    fresh: bool


class Visitors:
    """The visitor sessions behind the gateway's sockets and the upload routes."""

    def __init__(
        self, door: Door, widgets: Mapping[str, WebChatSettings], new_visitors: Budgets
    ) -> None:
        self._returns = Budgets(PACE)
        self._door = door
        self._widgets = widgets
        self._new_visitors = new_visitors

    def check_identity(self, hello: p.Hello) -> SiteIdentity | RefusedIdentity | None:
        """Read the signed identity of a hello, if it has one."""
        if not hello.identity:
            return None
        widget = self._widgets.get(hello.entry_point)
        keys = Keys() if widget is None else widget.keys()  # gone since the socket was opened
        return parse_identity(hello.identity, keys, hello.entry_point, self._door.clock.now())

    async def find(self, entry_point_id: str, token: str) -> service.Visitor | None:
        """Return the session of a token."""
        presented = service.Presented(entry_point_id, service.hash_token(token))
        found = await self._door.store.read(service.find_visitor, presented)
        if found is not None:
            found.proven_until = self._ends(entry_point_id, found.proven_at)
        return found

    async def find_return(self, hello: p.Hello, address: str) -> service.Visitor | None:
        """Return whose visit goes on with the link of a hello; None where it has none.

        Raises NotFound for a link that leads nowhere, TooMany.
        """
        if not hello.back:
            return None
        if wait_s := self._returns.take(network_of(address), monotonic()):
            raise TooMany("Too many links from your network.", retry_after_s=wait_s)
        conversation_id = await self._door.return_to(hello.entry_point, hello.back)
        earlier = None
        if conversation_id is not None:
            earlier = await self._door.store.read(service.find_visitor_of, conversation_id)
        if earlier is None:
            raise NotFound("This link leads nowhere any more.", code="return_link")
        return earlier

    async def welcome(
        self,
        hello: p.Hello,
        identity: SiteIdentity | None,
        address: str,
        back: service.Visitor | None = None,
    ) -> Welcomed:
        """Find the session of a hello's token, or make one; `back`: whose visit goes on.

        Raises TooMany for new ones.
        """
        known = await self.find(hello.entry_point, hello.token) if hello.token else None
        if back is not None and (known is None or known.conversation_id != back.conversation_id):
            return await self._make(hello, None, address, back)
        if known and identity and not await self._is_theirs(known, identity):
            known = None
        if known is None:
            welcomed = await self._make(hello, identity, address)
        else:
            token = await self._renew(known, hello, identity)
            now = self._door.clock.now()
            welcomed = Welcomed(known, _opened(known, token, now, fresh=False), fresh=False)
        if identity is None:
            return welcomed
        await self.prove(welcomed.visitor, identity)
        return await self._on_all_devices(welcomed)

    def may_prove(self, entry_point_id: str) -> bool:
        """Say whether visitors of an entry point prove addresses by codes."""
        widget = self._widgets.get(entry_point_id)
        return widget is not None and widget.may_prove()

    def _ends(self, entry_point_id: str, proven_at: datetime | None) -> datetime | None:
        """Return until when what was proved then counts."""
        widget = self._widgets.get(entry_point_id)
        if proven_at is None or widget is None:
            return proven_at
        return proven_at + timedelta(hours=widget.proof_hours)

    def _proved(self, visitor: service.Visitor, email: str, at: datetime) -> None:
        visitor.proven_email, visitor.proven_at = email, at
        visitor.proven_until = self._ends(visitor.entry_point_id, at)

    async def find_proof(self, visitor: service.Visitor) -> None:
        """Let count for a visitor what another page of this browser has proved."""
        if found := await self._door.store.read(proofs.find_proof, visitor.id):
            self._proved(visitor, found.email, found.at)
            visitor.signed_at = found.signed_at

    async def ended_proof(self, visitor: service.Visitor) -> str:
        """Return the address of which a visitor's proof has ended, "" where it has not, or where
        another page has renewed it.
        """
        proof, now = proof_of(visitor), self._door.clock.now()
        if proof is None or proof.is_good(now):
            return ""
        await self.find_proof(visitor)
        good = visitor.is_proven(now) or visitor.is_signed
        return "" if good else visitor.proven_email or ""

    async def is_blocked(self, visitor: service.Visitor, address: str) -> bool:
        """Say whether a visitor, or the network they come from, is on the block list."""
        senders = senders_of(visitor, now=self._door.clock.now(), introduce=True)
        return await self._door.is_blocked(Blockable(senders, address))

    async def _is_theirs(self, known: service.Visitor, identity: SiteIdentity) -> bool:
        """Say whether a session may go on under the name that the site signs today.

        Where somebody else has signed in, the old chat is not theirs to read. Nor does it go on
        where a mailbox was proved and nobody was signed in, unless both are one customer: else the
        account would become part of whoever has the mailbox. Who came by a link in
        a mail may be anybody it was forwarded to: only the one who began that chat, signed in,
        goes on with it.
        """
        if known.speaks_as is None and known.external_id is None and known.proven_email:
            who = SignsIn(identity.subject, identity.email, known.proven_email)
            return await self._door.has_mailbox(who)
        if known.speaks_as is None:
            return known.external_id in (None, identity.subject)
        began = await self._door.store.read(service.find_external_id, known.speaks_as)
        return began == identity.subject

    async def prove(self, visitor: service.Visitor, identity: SiteIdentity | None = None) -> None:
        """Let what the site has signed, or a code has proved, count for what the visitor wrote: not
        for who came by a link in a mail, and speaks as whoever began the chat, nor where the widget
        was removed meanwhile, and with it what says whom the site may sign.
        """
        widget = self._widgets.get(visitor.entry_point_id)
        if widget and visitor.conversation_id is not None and visitor.speaks_as is None:
            await self._door.prove(proven_of(visitor, identity, widget, self._door.clock.now()))

    async def _on_all_devices(self, welcomed: Welcomed) -> Welcomed:
        """Show a signed-in customer the conversation of their other devices.

        Who talks to us here already goes on with that.
        """
        visitor = welcomed.visitor
        before = visitor.conversation_id
        if not await self.join_devices(visitor) or visitor.conversation_id == before:
            return welcomed
        opened = replace(
            welcomed.opened,
            conversation_id=visitor.conversation_id,
            fresh=welcomed.opened.fresh or before is not None,
        )
        return Welcomed(visitor, opened, fresh=True)

    async def join_devices(self, visitor: service.Visitor) -> bool:
        """Take a visitor who has not written to the conversation that another page of this browser
        has begun, a signed-in one to the newest of their devices; say whether they are there.
        """
        own = visitor.conversation_id
        if own is None:  # what another page of this browser has proved is proved here
            await self.find_proof(visitor)
        if visitor.external_id is None:
            return own is None and await self._join_browser(visitor)
        signed = service.Signed(visitor.entry_point_id, visitor.external_id)
        newest = await self._door.store.read(service.find_signed_conversation, signed)
        if newest is None or newest == own:
            return newest is not None
        if own is not None and await self._door.open_contact(own) is not None:
            return False
        bind = service.Bind(visitor.id, newest)
        await self._door.store.write(service.bind_conversations, bind)
        visitor.conversation_id = newest
        return True

    async def find_begun_meanwhile(self, known: Welcomed) -> str | None:
        """Return the conversation that another page of a visitor has begun since they were
        welcomed, and take them there. Whose token is new has no other page.
        """
        visitor = known.visitor
        if known.fresh and visitor.external_id is None:
            return None
        await self.join_devices(visitor)
        return visitor.conversation_id

    async def _join_browser(self, visitor: service.Visitor) -> bool:
        begun = await self._door.store.read(service.find_begun, visitor.id)
        visitor.conversation_id = begun
        return begun is not None

    async def save_profile(self, visitor: service.Visitor, name: str, email: str) -> None:
        visitor.name, visitor.email = name or visitor.name, email or visitor.email
        await self._door.store.write(
            service.save_visitor_profile,
            service.SaveVisitorProfile(visitor.id, visitor.name, visitor.email),
        )

    async def check_code(self, visitor: service.Visitor, code: str) -> CodeAnswer:
        """Take the code that was mailed to an address; the right one makes it the visitor's."""
        given = GiveCode(visitor.id, code, visitor.conversation_id)
        answer = await self._door.check_code(given)
        if answer.address is not None:
            saved = proofs.SaveProof(visitor.id, answer.address)
            at = await self._door.store.write(proofs.save_proof, saved)
            visitor.email = answer.address
            self._proved(visitor, answer.address, at)
            await self.prove(visitor)
        return answer

    async def answer_survey(self, visitor: service.Visitor, answer: SaveSurvey) -> None:
        """Commit an answer to the question that was asked, once. Raises NotFound for any other."""
        asked = await self._door.store.read(service.find_asked_survey, visitor.id)
        if asked != answer.contact_id or visitor.conversation_id is None:
            raise NotFound("This question is no longer open.", code="survey_closed")
        if answer.score:
            await self._door.report(
                SurveyAnswer(
                    contact_id=answer.contact_id,
                    score=answer.score,
                    comment=answer.comment,
                    occurred_at=self._door.clock.now(),
                )
            )
        answered = service.WantSurvey(visitor.conversation_id, None)
        await self._door.store.write(service.want_survey, answered)

    async def _make(
        self,
        hello: p.Hello,
        identity: SiteIdentity | None,
        address: str,
        back: service.Visitor | None = None,
    ) -> Welcomed:
        """Make a session; `back`: it goes on with that one's conversation, and no other's."""
        wait_s = self._new_visitors.take(network_of(address), monotonic())
        if wait_s:
            raise TooMany("Too many new chats from your network.", retry_after_s=wait_s)
        token = service.new_token()
        new = service.NewVisitor(
            id=new_id(),
            entry_point_id=hello.entry_point,
            token_hash=service.hash_token(token),
            name=(identity.name if identity else "") or hello.name,
            email=(identity.email if identity else "") or hello.email,
            external_id=identity.subject if identity else None,
            signed_email=(identity.email or None) if identity else None,
            signed_at=self._door.clock.now() if identity else None,
            language=_language(hello, identity),
        )
        if back is not None:
            new = replace(
                new,
                name=back.name,
                email=back.email,
                conversation_id=back.conversation_id,
                speaks_as=back.speaks_as or back.id,
                survey_contact_id=back.survey_contact_id,
            )
        await self._door.store.write(service.make_visitors, new)
        now = self._door.clock.now()
        visitor = _visitor_of(new, now)
        fresh = back is not None or hello.token is not None or hello.last_seq > 0
        return Welcomed(visitor, _opened(visitor, token, now, fresh=fresh), fresh=True)

    async def _renew(
        self, visitor: service.Visitor, hello: p.Hello, identity: SiteIdentity | None
    ) -> str | None:
        """Note what the page says of itself; return a new token if the old one has aged."""
        now = self._door.clock.now()
        before = replace(visitor)
        # By a link: what the page remembers is of whoever chats there else.
        told = ("", "") if visitor.speaks_as else (hello.name, hello.email)
        visitor.name = (identity.name if identity else "") or told[0] or visitor.name
        visitor.email = (identity.email if identity else "") or told[1] or visitor.email
        if identity is not None:
            visitor.external_id = identity.subject
            visitor.signed_email = identity.email or None
            if not visitor.is_signed or _aged(visitor.signed_at, now):
                visitor.signed_at = now
        visitor.language = _language(hello, identity) or visitor.language
        # The token before the last one is good for a while: other tabs may still hold it.
        token = service.new_token() if now - visitor.rotated_at > service.ROTATED_AFTER else None
        aged = _aged(visitor.last_seen_at, now)
        presented = service.hash_token(hello.token or "")
        if token or aged or visitor != before:
            seen = service.SeeVisitor(
                id=visitor.id,
                name=visitor.name,
                email=visitor.email,
                external_id=visitor.external_id,
                signed_email=visitor.signed_email,
                signed_at=visitor.signed_at,
                language=visitor.language,
                token_hash=service.hash_token(token) if token else None,
                presented_hash=presented,
            )
            await self._door.store.write(service.see_visitor, seen)
        elif visitor.has_previous and not visitor.by_previous:
            await self._door.store.write(service.forget_previous_token, visitor.id)
        return token


def _aged(at: datetime | None, now: datetime) -> bool:
    """Say whether what was noted then is noted anew: not with every page that is opened."""
    return at is None or now - at > service.SEEN_EVERY


def _language(hello: p.Hello, identity: SiteIdentity | None) -> str:
    """The page's, which the visitor may have chosen; else what the site knows of them."""
    return hello.language or (identity.language if identity else "")


def _opened(visitor: service.Visitor, token: str | None, now: datetime, *, fresh: bool) -> Opened:
    return Opened(
        conversation_id=visitor.conversation_id,
        standing=IDLE,
        token=token,
        fresh=fresh,
        name=visitor.name,
        email=visitor.email,
        proved=(visitor.proven_email or "") if visitor.is_proven(now) else "",
        survey_contact_id=visitor.survey_contact_id,
    )


def _visitor_of(new: service.NewVisitor, now: datetime) -> service.Visitor:
    return service.Visitor(
        id=new.id,
        entry_point_id=new.entry_point_id,
        conversation_id=new.conversation_id,
        name=new.name,
        email=new.email,
        external_id=new.external_id,
        signed_email=new.signed_email,
        signed_at=new.signed_at,
        language=new.language,
        survey_contact_id=new.survey_contact_id,
        last_seen_at=now,
        rotated_at=now,
        speaks_as=new.speaks_as,
    )
