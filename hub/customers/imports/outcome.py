"""What becomes of rows, and what was before: what a batch keeps of each of its rows. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from .csv_file import cut
from .model import ImportRow, Reason, Refused, RowClass

CUSTOMER = "customer"
_MAX_STORED = 20_000  # characters of a refused row that are kept to be mended
_SHOWN_CELL = 200


class RoleBefore(Struct, frozen=True, omit_defaults=True):
    """The role a row wrote: `was` None where there was none before."""

    id: str
    now: str
    was: str | None = None


class Before(Struct, omit_defaults=True):
    """What a row wrote, so that an undo can take it back and see whether it was changed since.

    `made`: the customer is new; then `now` is how it was made. `was` and `now` are the columns that
    changed. The others are ids of rows that were added; `organisation` is one that was made.
    """

    made: bool = False
    was: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)
    identities: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    role: RoleBefore | None = None
    organisation: str | None = None
    holders: list[str] = field(default_factory=list)  # the customers of a conflict
    questions: list[str] = field(default_factory=list)  # asked because of it

    @property
    def is_nothing(self) -> bool:
        return self == Before()


class Outcome(Struct, frozen=True):
    """What became of one row, or would become of it."""

    line: int
    row_class: RowClass
    label: str
    object_id: str | None = None
    before: Before | None = None
    cells: tuple[str, ...] | None = None
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of_refused(cls, row: Refused) -> Outcome:
        label = next((cell for cell in row.cells if cell), "")[:200]
        before = Before(holders=list(row.holders)) if row.holders else None
        cells = row.cells
        if sum(map(len, cells)) > _MAX_STORED:
            cells = tuple(cut(cell, _SHOWN_CELL) for cell in cells)
        return cls(row.line, row.row_class, label, None, before, cells, row.reasons)

    @classmethod
    def of_row(
        cls, row: ImportRow, row_class: RowClass, customer_id: str | None, before: Before
    ) -> Outcome:
        kept = None if before.is_nothing else before
        return cls(row.line, row_class, row.label, customer_id, kept)


class Counts(Struct):
    """Figures of a batch, by row: every row is in one of the first four.

    `created`, `updated`, `unchanged`: what the rows did, or would do. `written`: rows of all tables
    that were added or changed. `kept`: rows that an undo left.
    """

    new: int = 0
    match: int = 0
    conflict: int = 0
    invalid: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    organisations: int = 0
    written: int = 0
    kept: int = 0

    @property
    def refused(self) -> int:
        return self.conflict + self.invalid

    def __add__(self, other: Counts) -> Counts:
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Counts(*(mine + theirs for mine, theirs in pairs))

    def count(self, row_class: RowClass) -> None:
        """Count one more row of this class."""
        setattr(self, row_class.value, getattr(self, row_class.value) + 1)
