"""Reading a file for an import: a page at a time, off the event loop, as large as may be."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping

from hub.customers.index import prepare_name

from .file import FileForm, Source
from .model import Column, ImportRow, Refused
from .rows import RowChecker
from .seen import Seen

ROWS_A_PIECE = 100  # of the first one
_MOST_ROWS = 500
_FEWEST_ROWS = 50  # what a piece costs whatever its size is too much for fewer
_MORE_ROWS = 25
_AIM_S = 0.008  # of the writer's time a piece, so that live traffic goes on (design section 4)
_TOO_LONG_S = 0.012


class Pace:
    """How many rows the next piece has, by the time the one before took."""

    def __init__(self) -> None:
        self.rows = ROWS_A_PIECE

    def took(self, seconds: float) -> None:
        """Learn that a piece of `rows` took the writer so long."""
        if seconds > _TOO_LONG_S:
            self.rows = max(_FEWEST_ROWS, self.rows * 3 // 4)
        elif seconds < _AIM_S:
            self.rows = min(_MOST_ROWS, self.rows + _MORE_ROWS)


class Reading:
    """The checked rows of a file after `after_line`; any thread may ask, one at a time."""

    def __init__(
        self,
        source: Source,
        form: FileForm,
        columns: Mapping[int, Column],
        *,
        region: str,
        tiers: Collection[str],
        after_line: int = 0,
    ) -> None:
        self.seen = Seen()
        self._checker = RowChecker(form, columns, region, tiers, self.seen)
        self._rows: Iterator[ImportRow | Refused] | None = self._checker.rows(source)
        self._after_line = after_line
        self._turn = threading.Lock()

    def take(self, count: int) -> list[ImportRow | Refused]:
        """Return the next rows, at most `count`; none at the end.

        Rows up to `after_line` are read once more, so that repeats of them are known as such.
        Raises Invalid for a file that cannot be read.
        """
        with self._turn:
            taken: list[ImportRow | Refused] = []
            for row in self._rows or ():
                if row.line > self._after_line:
                    taken.append(row)
                    if isinstance(row, ImportRow) and row.name:
                        prepare_name(row.name)
                if len(taken) == count:
                    break
            return taken

    def count_new(self, organisations: Collection[str]) -> int:
        """Return how many of these names of organisations were not counted before."""
        with self._turn:
            keys = [f"org:{name}" for name in organisations]
            new = [key for key in keys if not self.seen.knows([key])]
            self.seen.add(new, 0, None, "")
            return len(new)

    def close(self) -> None:
        with self._turn:
            self._rows = None
            self.seen.close()
