"""Routes of signatures: one's own, and the one that will stand below an answer."""

from __future__ import annotations

from sqlalchemy import select, update

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.tables import team_members, teams, users
from hub.contacts.access import access_contact
from hub.contacts.signatures import SignatureOf, WrittenTexts
from hub.contacts.tables import contacts
from hub.core.errors import HubError, NotFound
from hub.desk.answering import rows_to_answer
from hub.desk.commands import Reply
from hub.desk.signing import Signature, Signer, signatures_of
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, Query, View, route

from .readers import reader_of

_BODY_BYTES = 65_536


class TeamSignature(View, frozen=True):
    """What one's team signs with, where one has written nothing."""

    team_id: str
    zh: str
    en: str
    texts: dict[str, str]


class OwnSignature(View, frozen=True):
    """`texts`: by language (BCP 47)."""

    texts: dict[str, str]
    teams: list[TeamSignature]


class OwnSignatureBody(Body, frozen=True):
    """A language without words is left out."""

    texts: WrittenTexts


class AnsweredOn(Query, frozen=True):
    """`conversation_id`: another one that goes on in the contact; "": its own."""

    conversation_id: Key | None = None


class SignatureView(View, frozen=True):
    """`text` "": there is none. `of`: agent, team or entry_point."""

    text: str
    of: SignatureOf | None


class SignatureRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/me/signature", access=Access.AGENT, summary="My signature")
    async def my_signature(self, principal: Principal) -> OwnSignature:
        return await self._store.read(_mine, principal.user_id)

    @route(
        "PUT",
        "/api/v1/me/signature",
        access=Access.AGENT,
        summary="Change my signature",
        limit_bytes=_BODY_BYTES,
    )
    async def change_signature(self, principal: Principal, body: OwnSignatureBody) -> OwnSignature:
        return await self._store.write(_change, (principal, body.texts))

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/signature",
        access=Access.AGENT,
        summary="The signature below my answer",
    )
    async def signature_below(
        self, principal: Principal, contact_id: Key, query: AnsweredOn
    ) -> SignatureView:
        found = await self._store.read(self._below, (principal, contact_id, query))
        return SignatureView(text=found.text, of=found.of)

    def _below(self, tx: Tx, asked: tuple[Principal, str, AnsweredOn]) -> Signature:
        principal, contact_id, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        access_contact(tx, reader.sight, contact_id)
        contact = tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()
        item = Reply(
            contact_id=contact_id,
            agent_id=principal.user_id,
            agent_name=principal.name,
            client_id="",
            text="",
            instant=False,
            conversation_id=query.conversation_id,
        )
        row = rows_to_answer(tx, [item], {contact_id: contact})[0]
        if row is None:
            raise NotFound("There is no such contact.")
        if isinstance(row, HubError):
            raise row
        signer = Signer(
            principal.user_id, principal.name, row.queue_id, row.entry_point_id, row.language
        )
        return signatures_of(tx, [signer])[0]


def _mine(tx: Tx, user_id: str) -> OwnSignature:
    texts = tx.execute(select(users.c.signature).where(users.c.id == user_id)).scalar_one()
    mine = tx.execute(
        select(teams)
        .join(team_members, team_members.c.team_id == teams.c.id)
        .where(team_members.c.user_id == user_id, ~teams.c.retired)
        .order_by(teams.c.id)
    )
    return OwnSignature(
        texts=texts or {},
        teams=[
            TeamSignature(team_id=row.id, zh=row.zh, en=row.en, texts=row.signature)
            for row in mine
            if row.signature
        ],
    )


def _change(tx: Tx, cmd: tuple[Principal, dict[str, str]]) -> OwnSignature:
    principal, texts = cmd
    kept = {tag: text.strip() for tag, text in texts.items() if text.strip()}
    own = users.c.id == principal.user_id
    tx.execute(update(users).where(own).values(signature=kept or None))
    detail = {"languages": " ".join(sorted(kept))}
    audit(tx, actor_of(principal), "user.signature", "user", principal.user_id, detail)
    return _mine(tx, principal.user_id)


__all__ = ["SignatureRoutes", "SignatureView"]
