"""A macro is run: its steps one after the other in one transaction.

A step that is refused undoes itself only and ends the run there; what was done before stays, and
the answer says both. The timeline has one entry for the run, whose client id makes the same run
again the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
from sqlalchemy import select, update

from hub.accounts.model import Actor
from hub.contacts import service as contact_service
from hub.contacts.later.model import Answer
from hub.contacts.model import InteractionKind
from hub.contacts.tables import interactions
from hub.contacts.tags.service import SetTags, set_tags
from hub.core.errors import Conflict, HubError
from hub.desk import handling
from hub.desk.commands import Note
from hub.desk.dispositions import Disposition
from hub.desk.later import OfVersion as Scheduled
from hub.desk.later import SendLater, close_answered, send_later, send_now
from hub.desk.messages import append_internal, note
from hub.storage import Tx

from .model import (
    CloseStep,
    NoteStep,
    ParkStep,
    PriorityStep,
    ReplyStep,
    Step,
    TagStep,
    TransferStep,
    kind_of,
    words_of,
)
from .tables import macros


@dataclass(frozen=True, slots=True)
class RunMacro:
    """`words`: what the agent filled in, by the step's place. `undo_s` 0: a reply goes out at once,
    and so it does where `instant`. `language`: of the customer.
    """

    macro_id: str
    name: Mapping[str, str]  # "zh", "en"
    steps: tuple[Step, ...]
    handle: handling.Handle
    client_id: str
    language: str
    instant: bool
    words: Mapping[int, str] = field(default_factory=dict)
    undo_s: float = 0.0


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    step: int
    do: str
    code: str
    message: str


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """`done`: what each step that was done does. `insert`: words for the composer. `scheduled_id`:
    of the reply, while it can be taken back.
    """

    done: list[str]
    refused: Refused | None = None
    insert: str | None = None
    scheduled_id: str | None = None


def run_macro(tx: Tx, cmd: RunMacro) -> Ran:
    """Run a macro on a contact at hand. The same client id again gives the same answer."""
    before = tx.execute(
        select(interactions.c.meta).where(
            interactions.c.author_id == cmd.handle.by_id,
            interactions.c.client_id == cmd.client_id,
        )
    ).scalar_one_or_none()
    if before is not None:
        return msgspec.convert(before["ran"], Ran)
    row = contact_service.get_contact(tx, cmd.handle.contact_id)
    if cmd.handle.agent_id is None:
        raise Conflict("Macros are run on contacts of one's own.", code="contact.not_yours")
    run = _Run(tx, cmd)
    ran = run.all()
    append_internal(
        tx,
        row,
        InteractionKind.SYSTEM,
        "",
        author_id=cmd.handle.by_id,
        author_name=cmd.handle.by_name,
        client_id=cmd.client_id,
        meta={
            "code": "macro_stopped" if ran.refused else "macro_ran",
            "macro_zh": cmd.name["zh"],
            "macro_en": cmd.name["en"],
            "ran": msgspec.to_builtins(ran),
        },
    )
    used = {"uses": macros.c.uses + 1}
    tx.execute(update(macros).where(macros.c.id == cmd.macro_id).values(**used))
    return ran


class _Run:
    """What one run has come to so far."""

    def __init__(self, tx: Tx, cmd: RunMacro) -> None:
        self._tx, self._cmd = tx, cmd
        self._insert: str | None = None
        self._scheduled_id: str | None = None

    def all(self) -> Ran:
        done: list[str] = []
        refused = None
        for at, step in enumerate(self._cmd.steps):
            try:
                with self._tx.attempt():
                    self._do(at, step)
            except HubError as error:
                refused = Refused(
                    step=at, do=kind_of(step), code=error.reason, message=error.message
                )
                break
            done.append(kind_of(step))
        return Ran(done=done, refused=refused, insert=self._insert, scheduled_id=self._scheduled_id)

    def _do(self, at: int, step: Step) -> None:
        tx, handle = self._tx, self._cmd.handle
        match step:
            case ReplyStep():
                self._reply(at, step)
            case NoteStep():
                text = words_of(step, self._cmd.language, self._cmd.words.get(at))
                client_id = f"{self._cmd.client_id}:{at}"
                note(tx, Note(handle.contact_id, handle.by_id, handle.by_name, client_id, text))
            case TagStep():
                by = Actor(handle.by_id, handle.by_name, "console")
                add, remove = tuple(step.add), tuple(step.remove)
                set_tags(tx, SetTags(handle.contact_id, by, add, remove))
            case PriorityStep():
                contact_service.amend(tx, handle.contact_id, {"priority": step.priority})
            case TransferStep():
                to = handling.Transfer(handle, step.queue_id, step.agent_id)
                handling.transfer(tx, to)
            case ParkStep():
                wait = None if step.for_s is None else timedelta(seconds=step.for_s)
                handling.park(tx, handling.Park(handle, None if wait is None else tx.now + wait))
            case CloseStep():
                said = None
                if step.reason_id is not None or step.outcome_id is not None:
                    said = Disposition(step.reason_id, step.outcome_id)
                close_answered(tx, handling.Close(handle, said))

    def _reply(self, at: int, step: ReplyStep) -> None:
        cmd = self._cmd
        text = words_of(step, cmd.language, cmd.words.get(at))
        if not step.send:
            self._insert = text
            return
        handle = cmd.handle
        waits = 0.0 if cmd.instant else cmd.undo_s
        kept = send_later(
            self._tx,
            SendLater(
                handle.contact_id,
                handle.by_id,
                handle.by_name,
                f"{cmd.client_id}:{at}",
                Answer(text=text, instant=cmd.instant),
                undo_s=waits,
                draft_version=-1,  # what was begun in the composer stays there
            ),
        )
        if waits > 0:
            self._scheduled_id = kept.id
        else:
            send_now(self._tx, Scheduled(kept.id, kept.version))
