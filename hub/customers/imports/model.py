"""Words of imports: what a column can hold, what becomes of a row, where a batch stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub.core.errors import Conflict
from hub.customers.normalise import Address

MAX_CELL = 4_000  # characters
MAX_NAME = 200


class Column(StrEnum):
    """What a column can hold. Numbers and mails may have several columns."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    FAX = "fax"
    EXTERNAL_ID = "external_id"
    TIER = "tier"
    LANGUAGE = "language"
    ORGANISATION = "organisation"
    ROLE = "role"
    NOTE = "note"
    SOURCE = "source"  # where the customer came from, where it is not the file's


class RowClass(StrEnum):
    """What a row would do, or did. `kept`: an undo left what it wrote, for the reasons given."""

    NEW = "new"
    MATCH = "match"
    CONFLICT = "conflict"
    INVALID = "invalid"
    KEPT = "kept"


class BatchState(StrEnum):
    MAPPING = "mapping"  # somebody has to say what the columns hold; `error` where reading failed
    READING = "reading"  # the preview is being made
    PREVIEW = "preview"  # looked at; nothing is written
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # a run that a fault stopped: it can go on, or be undone
    UNDOING = "undoing"
    UNDONE = "undone"


WORKING = frozenset({BatchState.READING, BatchState.RUNNING, BatchState.UNDOING})

_S = BatchState
MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    # A file that was only looked at is put away at once: nothing has to be undone.
    _S.MAPPING: frozenset({_S.READING, _S.UNDONE}),
    _S.READING: frozenset({_S.READING, _S.PREVIEW, _S.MAPPING, _S.UNDONE}),
    _S.PREVIEW: frozenset({_S.READING, _S.RUNNING, _S.UNDONE}),
    _S.RUNNING: frozenset({_S.DONE, _S.FAILED, _S.UNDOING}),
    _S.DONE: frozenset({_S.UNDOING}),
    _S.FAILED: frozenset({_S.RUNNING, _S.UNDOING}),
    _S.UNDOING: frozenset({_S.UNDONE}),
    _S.UNDONE: frozenset(),
}


class BatchMoved(Conflict):
    """The batch is not in a state in which this can be done."""

    code = "import.state"


def check_move(before: BatchState, after: BatchState) -> None:
    """Raise BatchMoved unless a batch may go from one state to the other."""
    if after not in MOVES[before]:
        raise BatchMoved(f"This import is {before.value}: it cannot become {after.value} now.")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused, or kept: `code` for programs, `text` for people, `column` as in the
    file. `detail`: what the sentence is about, to say it in another language (`say`).
    """

    code: str
    text: str
    column: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """`line` is where the row begins in the file, the first line being 1.

    `holders`: the customers between whom somebody has to decide.
    """

    line: int
    reasons: tuple[Reason, ...]
    cells: tuple[str, ...]
    holders: tuple[str, ...] = ()

    @property
    def row_class(self) -> RowClass:
        conflicts = all(reason.code in CONFLICTS for reason in self.reasons)
        return RowClass.CONFLICT if conflicts else RowClass.INVALID


CONFLICTS = frozenset(
    {"row.conflict", "row.duplicate", "row.other_id", "row.other_name", "row.out_of_sight"}
)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A checked row. `same_as`: the line of the same file that is about the same customer;
    `brings`: this row says something which that one did not.
    """

    line: int
    cells: tuple[str, ...]
    name: str | None
    addresses: tuple[Address, ...]
    tier: str | None = None
    language: str | None = None
    organisation: str | None = None
    role: str | None = None
    note: str | None = None
    source: str | None = None
    same_as: int | None = None
    brings: bool = True

    @property
    def label(self) -> str:
        """What people know the row by."""
        return (self.name or (self.addresses[0].written if self.addresses else ""))[:MAX_NAME]
