"""Who is at the other end of a socket: finds, makes and renews visitor sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from hub.channels.base import Door
from hub.contacts.inbound import SurveyAnswer
from hub.core.budget import Budgets
from hub.core.errors import NotFound, TooMany
from hub.core.ids import new_id

from . import protocol as p
from . import service
from .actions import SaveSurvey
from .identity import RefusedIdentity, SiteIdentity, parse_identity
from .session import IDLE, Opened
from .settings import WebChatSettings


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
        self._door = door
        self._widgets = widgets
        self._new_visitors = new_visitors

    def check_identity(self, hello: p.Hello) -> SiteIdentity | RefusedIdentity | None:
        """Read the signed identity of a hello, if it has one."""
        if not hello.identity:
            return None
        widget = self._widgets.get(hello.entry_point)
        keys = () if widget is None else widget.identity_keys  # gone since the socket was opened
        return parse_identity(hello.identity, keys, self._door.clock.now())

    async def find(self, entry_point_id: str, token: str) -> service.Visitor | None:
        """Return the session of a token."""
        presented = service.Presented(entry_point_id, service.hash_token(token))
        return await self._door.store.read(service.find_visitor, presented)

    async def welcome(
        self, hello: p.Hello, identity: SiteIdentity | None, address: str
    ) -> Welcomed:
        """Find the session of a hello's token, or make one. Raises TooMany for new ones."""
        known = await self.find(hello.entry_point, hello.token) if hello.token else None
        if known is not None and identity is not None and known.external_id is not None:
            # Somebody else signed in at the site: the old chat is not theirs to read.
            known = known if known.external_id == identity.subject else None
        if known is None:
            return await self._make(hello, identity, address)
        token = await self._renew(known, hello, identity)
        return Welcomed(known, _opened(known, token, fresh=False), fresh=False)

    async def save_profile(self, visitor: service.Visitor, name: str, email: str) -> None:
        visitor.name, visitor.email = name or visitor.name, email or visitor.email
        await self._door.store.write(
            service.save_visitor_profile,
            service.SaveVisitorProfile(visitor.id, visitor.name, visitor.email),
        )

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

    async def _make(self, hello: p.Hello, identity: SiteIdentity | None, address: str) -> Welcomed:
        wait_s = self._new_visitors.take(address, monotonic())
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
            language=hello.language,
        )
        await self._door.store.write(service.make_visitors, new)
        visitor = _visitor_of(new, self._door.clock.now())
        fresh = hello.token is not None or hello.last_seq > 0
        return Welcomed(visitor, _opened(visitor, token, fresh=fresh), fresh=True)

    async def _renew(
        self, visitor: service.Visitor, hello: p.Hello, identity: SiteIdentity | None
    ) -> str | None:
        """Note what the page says of itself; return a new token if the old one has aged."""
        now = self._door.clock.now()
        before = replace(visitor)
        visitor.name = (identity.name if identity else "") or hello.name or visitor.name
        visitor.email = (identity.email if identity else "") or hello.email or visitor.email
        if identity is not None:
            visitor.external_id = identity.subject
            visitor.signed_email = identity.email or None
        visitor.language = hello.language or visitor.language
        # The token before the last one is good for a while: other tabs may still hold it.
        token = service.new_token() if now - visitor.rotated_at > service.ROTATED_AFTER else None
        aged = now - visitor.last_seen_at > service.SEEN_EVERY
        presented = service.hash_token(hello.token or "")
        if token or aged or visitor != before:
            seen = service.SeeVisitor(
                id=visitor.id,
                name=visitor.name,
                email=visitor.email,
                external_id=visitor.external_id,
                signed_email=visitor.signed_email,
                language=visitor.language,
                token_hash=service.hash_token(token) if token else None,
                presented_hash=presented,
            )
            await self._door.store.write(service.see_visitor, seen)
        elif visitor.has_previous and not visitor.by_previous:
            await self._door.store.write(service.forget_previous_token, visitor.id)
        return token


def _opened(visitor: service.Visitor, token: str | None, *, fresh: bool) -> Opened:
    return Opened(
        conversation_id=visitor.conversation_id,
        standing=IDLE,
        token=token,
        fresh=fresh,
        name=visitor.name,
        email=visitor.email,
        survey_contact_id=visitor.survey_contact_id,
    )


def _visitor_of(new: service.NewVisitor, now: datetime) -> service.Visitor:
    return service.Visitor(
        id=new.id,
        entry_point_id=new.entry_point_id,
        conversation_id=None,
        name=new.name,
        email=new.email,
        external_id=new.external_id,
        signed_email=new.signed_email,
        language=new.language,
        survey_contact_id=None,
        last_seen_at=now,
        rotated_at=now,
    )
