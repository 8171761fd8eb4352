"""What a macro does, step by step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from hub.contacts.words.model import MAX_TEXT, Language, is_unfilled
from hub.core.errors import Fault, Invalid

MOST_STEPS = 10
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Keys = Annotated[list[Key], msgspec.Meta(max_length=20)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class _Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the steps; `do` says which one it is."""


class ReplyStep(_Step, frozen=True, tag_field="do", tag="reply"):
    """`send` false: it is put into the composer, for the agent to go on with. `texts` by language,
    with the placeholders of canned responses.
    """

    texts: Annotated[dict[Language, Words], msgspec.Meta(min_length=1, max_length=10)]
    send: bool = True


class NoteStep(_Step, frozen=True, tag_field="do", tag="note"):
    text: Words


class TagStep(_Step, frozen=True, tag_field="do", tag="tag"):
    add: Keys = msgspec.field(default_factory=list)
    remove: Keys = msgspec.field(default_factory=list)


class PriorityStep(_Step, frozen=True, tag_field="do", tag="priority"):
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)]


class TransferStep(_Step, frozen=True, tag_field="do", tag="transfer"):
    """To a queue or to an agent, exactly one."""

    queue_id: Key | None = None
    agent_id: Key | None = None


class ParkStep(_Step, frozen=True, tag_field="do", tag="park"):
    """Wait for the customer; `for_s`: then it returns by itself. None: until they write."""

    for_s: Annotated[int, msgspec.Meta(ge=60, le=31_536_000)] | None = None


class CloseStep(_Step, frozen=True, tag_field="do", tag="close"):
    reason_id: Key | None = None
    outcome_id: Key | None = None


Step = ReplyStep | NoteStep | TagStep | PriorityStep | TransferStep | ParkStep | CloseStep
Steps = Annotated[list[Step], msgspec.Meta(min_length=1, max_length=MOST_STEPS)]
LEAVES = (TransferStep, ParkStep, CloseStep)  # the contact is not at hand after these


def kind_of(step: Step) -> str:
    """Return what a step does in one word, as in JSON."""
    return str(step.__struct_config__.tag)


def check_steps(steps: Sequence[Step]) -> None:
    """Raise Invalid where steps do not go together, each place named."""
    faults: list[Fault] = []
    for at, step in enumerate(steps):
        path = f"steps[{at}]"
        if isinstance(step, LEAVES) and at < len(steps) - 1:
            faults.append(Fault(path, f"{kind_of(step)} is the last step: nothing follows it"))
        if isinstance(step, TransferStep) and (step.queue_id is None) == (step.agent_id is None):
            faults.append(Fault(path, "name the queue or the agent, one of the two"))
        if isinstance(step, TagStep) and not step.add and not step.remove:
            faults.append(Fault(path, "name a tag to put on or to take off"))
    replies = [step for step in steps if isinstance(step, ReplyStep)]
    if len(replies) > 1:
        faults.append(Fault("steps", "one reply is enough"))
    if replies and not replies[0].send and isinstance(steps[-1], (TransferStep, CloseStep)):
        faults.append(Fault("steps", "a reply that is only put in has to be sent before that"))
    if faults:
        raise Invalid("; ".join(map(str, faults)), code="macro.steps", faults=faults)


def words_of(step: Step, language: str, given: str | None) -> str:
    """Return what a step says: as it was filled in, else its own text where nothing is to fill in.

    Raises Invalid where something is still to be filled in.
    """
    text = given
    if text is None:
        text = step.text if isinstance(step, NoteStep) else _in_language(step, language)
    if not text.strip():
        raise Invalid("This step has no words.", code="macro.words")
    if is_unfilled(text):
        raise Invalid("Something is still to be filled in: {…}.", code="macro.unfilled")
    return text


def _in_language(step: Step, language: str) -> str:
    if not isinstance(step, ReplyStep):
        return ""
    texts = step.texts
    base = language.split("-")[0]
    same = (text for name, text in texts.items() if name.split("-")[0] == base)
    return texts.get(language) or next(same, None) or next(iter(texts.values()))
