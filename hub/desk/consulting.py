"""An agent asks a colleague, or whoever serves a queue, about a contact without giving it away.

Who is asked may read the contact and take notes while the question is open; it ends by their word,
by taking the contact over, by being withdrawn, or with the asker's holding the contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from hub.accounts.tables import users
from hub.contacts import service as contact_service
from hub.contacts.joining.consults import ASKABLE, end_unheld_of
from hub.contacts.joining.model import ConsultState
from hub.contacts.joining.tables import consults
from hub.contacts.model import ContactState, InteractionKind
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.routing.service import Accepted, ensure_agents
from hub.routing.settings import load_settings
from hub.storage import Tx

from .handling import Handle, Transfer, transfer
from .messages import append_internal
from .pulling import Pull, pull
from .telling import By

MAX_WORDS = 2000  # characters
MAX_OPEN = 5  # questions about one contact at once


@dataclass(frozen=True, slots=True)
class AskConsult:
    """To a colleague, or to a queue; exactly one of the two."""

    contact_id: str
    by: By
    words: str
    agent_id: str | None = None
    queue_id: str | None = None


def ask_consult(tx: Tx, cmd: AskConsult) -> str:
    """Put the question and tell who is asked; return its id.

    Raises Invalid, NotFound, Conflict where the contact is not held or was asked about already.
    """
    words = hide_card_numbers(tx, cmd.words.strip())
    if (cmd.agent_id is None) == (cmd.queue_id is None):
        raise Invalid("Name the colleague or the queue to ask, one of the two.")
    if not words or len(words) > MAX_WORDS:
        raise Invalid(
            f"Say what you ask, in at most {MAX_WORDS} characters.",
            code="consult.words",
            most=MAX_WORDS,
        )
    row = contact_service.get_contact(tx, cmd.contact_id)
    if ContactState(row.state) not in ASKABLE or row.agent_id != cmd.by.id:
        raise Conflict("Only who holds a contact asks about it.", code="contact.not_yours")
    asked = _name_of(tx, cmd)
    end_unheld_of(tx, str(cmd.by.id))
    _check_open(tx, cmd)
    consult_id = new_id()
    tx.execute(
        insert(consults).values(
            id=consult_id,
            contact_id=row.id,
            by_id=cmd.by.id,
            by_name=cmd.by.name,
            agent_id=cmd.agent_id,
            queue_id=cmd.queue_id,
            words=words,
            at=tx.now,
            state=ConsultState.OPEN,
        )
    )
    said = {"code": "consult_asked", "agent": asked, "queue": cmd.queue_id, "note": words}
    _say(tx, row, cmd.by, said)
    tx.hint("consult.changed", consult_id)
    return consult_id


def _name_of(tx: Tx, cmd: AskConsult) -> str | None:
    if cmd.queue_id is not None:
        if cmd.queue_id not in load_settings(tx).queues:
            raise NotFound("There is no such queue.")
        return None
    if cmd.agent_id == cmd.by.id:
        raise Invalid("Ask somebody else.", code="consult.yourself")
    found = select(users.c.name).where(users.c.id == cmd.agent_id, users.c.disabled_at.is_(None))
    name: str | None = tx.execute(found).scalar_one_or_none()
    if name is None:
        raise NotFound("There is no such colleague.")
    return name


def _check_open(tx: Tx, cmd: AskConsult) -> None:
    about = tx.execute(
        select(consults.c.agent_id, consults.c.queue_id).where(
            consults.c.contact_id == cmd.contact_id, consults.c.state == ConsultState.OPEN
        )
    ).all()
    if any((row.agent_id, row.queue_id) == (cmd.agent_id, cmd.queue_id) for row in about):
        raise Conflict("They were asked already and have not answered yet.", code="consult.again")
    if len(about) >= MAX_OPEN:
        raise Conflict(
            f"At most {MAX_OPEN} questions are open at once: withdraw one.", code="consult.too_many"
        )


@dataclass(frozen=True, slots=True)
class EndConsult:
    """`as_state`: DONE by who was asked, or WITHDRAWN by who asked; `words` become a note."""

    consult_id: str
    by: By
    as_state: ConsultState
    words: str = ""


def get_consult(tx: Tx, consult_id: str) -> Row[Any]:
    """Return a question that is open, locked. Raises NotFound, Conflict where it is over."""
    found = select(consults).where(consults.c.id == consult_id).with_for_update()
    row = tx.execute(found).first()
    if row is None:
        raise NotFound("There is no such question.")
    if row.state != ConsultState.OPEN:
        raise Conflict("This question is over.", code="consult.over", state=row.state)
    return row


def end_consult(tx: Tx, cmd: EndConsult) -> None:
    """End a question, with what there is to say as a note.

    Raises as get_consult; Conflict where who asked holds the contact no more; Invalid.
    """
    if len(cmd.words) > MAX_WORDS:
        raise Invalid(
            f"Say it in at most {MAX_WORDS} characters.", code="consult.words", most=MAX_WORDS
        )
    consult = get_consult(tx, cmd.consult_id)
    row = contact_service.get_contact(tx, consult.contact_id)
    _check_held(row, consult)
    if cmd.words.strip():
        append_internal(
            tx,
            row,
            InteractionKind.NOTE,
            cmd.words.strip(),
            author_id=cmd.by.id,
            author_name=cmd.by.name,
        )
    _end(tx, consult.id, cmd.as_state, cmd.by)
    _say(tx, row, cmd.by, {"code": f"consult_{cmd.as_state}"})


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Who was asked takes the contact. `call`: its channel has audio to be moved with it."""

    consult_id: str
    by: By
    call: bool = False


def take_over(tx: Tx, cmd: TakeOver) -> Accepted:
    """Hand the contact to who was asked: transferred with the question as its note, and accepted.

    Raises as get_consult; Conflict where they have no room or are signed out, or it is not held by
    who asked any more.
    """
    consult = get_consult(tx, cmd.consult_id)
    row = contact_service.get_contact(tx, consult.contact_id)
    _check_held(row, consult)
    taker = str(cmd.by.id)
    ensure_agents(tx, [taker])
    handle = Handle(row.id, row.agent_id, consult.by_id, consult.by_name, call=cmd.call)
    _end(tx, consult.id, ConsultState.TAKEN_OVER, cmd.by)
    transfer(tx, Transfer(handle, agent_id=taker, note=consult.words))
    return pull(tx, Pull(row.id, taker))


def _check_held(row: Row[Any], consult: Row[Any]) -> None:
    if row.agent_id != consult.by_id or ContactState(row.state) not in ASKABLE:
        raise Conflict(
            "Who asked holds the contact no more: this question is over.", code="consult.over"
        )


def _end(tx: Tx, consult_id: str, state: ConsultState, by: By) -> None:
    tx.execute(
        update(consults)
        .where(consults.c.id == consult_id)
        .values(state=state, ended_at=tx.now, ended_by_id=by.id, ended_by_name=by.name)
    )
    tx.hint("consult.changed", consult_id)


def _say(tx: Tx, row: Row[Any], by: By, meta: dict[str, Any]) -> None:
    append_internal(
        tx, row, InteractionKind.SYSTEM, "", author_id=by.id, author_name=by.name, meta=meta
    )
