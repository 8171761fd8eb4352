"""What agents and supervisors do with contacts on their behalf: access first, then the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_held_contact
from hub.desk import handling
from hub.desk.commands import Note, Written
from hub.desk.dispositions import Disposition
from hub.desk.handling import Handle
from hub.desk.later import close_answered, send_undoable
from hub.desk.notes import note
from hub.storage import Tx
from hub.web import Principal

from .bodies import CloseBody, DispositionBody, NoteBody, ParkBody, TransferBody
from .joining_views import NOTHING, Capabilities
from .mentions import mentioned_of
from .readers import sight_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts, each a function of a transaction and of what was asked."""

    capabilities: Capabilities

    def is_call(self, channel: str) -> bool:
        return self.capabilities.get(channel, NOTHING).call

    def handle(self, tx: Tx, principal: Principal, contact_id: str, act: str) -> Handle:
        """Return the right to act on this contact: one's own, or any in sight for who steers.

        Acting on somebody else's contact is audited. Raises NotFound, or Forbidden.
        """
        row = access_held_contact(tx, sight_of(tx, principal), contact_id)
        mine = row.agent_id == principal.user_id
        if not mine:
            who = {"agent": row.agent_id}
            audit(tx, actor_of(principal), f"contact.{act}", "contact", contact_id, who)
        return Handle(
            contact_id=contact_id,
            agent_id=principal.user_id if mine else None,
            by_id=principal.user_id,
            by_name=principal.name,
            call=self.is_call(row.channel),
            survey=self.capabilities.get(row.channel, NOTHING).survey,
        )

    def simple(self, act: Callable[[Tx, Handle], R]) -> Callable[[Tx, tuple[Principal, str]], R]:
        """Return `act` (hold, resume, extend) as a use case on behalf of a principal."""

        def on_behalf(tx: Tx, asked: tuple[Principal, str]) -> R:
            return act(tx, self.handle(tx, *asked, act.__name__))

        return on_behalf

    def park(self, tx: Tx, asked: tuple[Principal, str, ParkBody]) -> None:
        principal, contact_id, body = asked
        handle = self.handle(tx, principal, contact_id, "park")
        handling.park(tx, handling.Park(handle, body.until))

    def transfer(self, tx: Tx, asked: tuple[Principal, str, TransferBody]) -> None:
        principal, contact_id, body = asked
        handle = self.handle(tx, principal, contact_id, "transfer")
        handling.transfer(tx, handling.Transfer(handle, body.queue_id, body.agent_id, body.note))

    def end(self, tx: Tx, asked: tuple[Principal, str]) -> str:
        principal, contact_id = asked
        handle = self.handle(tx, principal, contact_id, "end")
        send_undoable(tx, contact_id)
        return handling.end(tx, handle)

    def close(self, tx: Tx, asked: tuple[Principal, str, CloseBody]) -> None:
        principal, contact_id, body = asked
        handle = self.handle(tx, principal, contact_id, "close")
        close_answered(tx, handling.Close(handle, disposition_of(body.disposition)))

    def note(self, tx: Tx, asked: tuple[Principal, str, NoteBody]) -> Written:
        principal, contact_id, body = asked
        access_contact(tx, sight_of(tx, principal), contact_id)
        mentioned = mentioned_of(body.mentions)
        return note(
            tx,
            Note(
                contact_id,
                principal.user_id,
                principal.name,
                body.client_id,
                body.text,
                mentioned,
            ),
        )


def disposition_of(body: DispositionBody | None) -> Disposition | None:
    """Return what was said of why the customer came and how it ended; None: nothing."""
    if body is None:
        return None
    return Disposition(body.reason_id, body.outcome_id, body.next_action, body.note, body.fields)
