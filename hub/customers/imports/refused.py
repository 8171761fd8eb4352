"""Refused rows as a file that can be mended and imported again: the reasons first."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from .csv_file import OPEN_QUOTE, quoted
from .outcome import Outcome
from .say import say

_FORMULA_CELL = re.compile(r"(^|[,;\t|])(?=[=+\-@\t\r])")


def refused_sheet(
    header: Sequence[str],
    rows: Iterable[Outcome],
    language: str = "en",
    *,
    with_header: bool = True,
) -> str:
    """Return refused rows as CSV. What a spreadsheet would run is marked as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if with_header:
        writer.writerow(["line", "reasons", *map(quoted, header)])
    for row in rows:
        said = quoted("; ".join(say(reason, language) for reason in row.reasons))
        if any(reason.code == OPEN_QUOTE for reason in row.reasons):
            _write_raw(out, [str(row.line), said], "".join(row.cells or ()))
        else:
            writer.writerow([row.line, said, *map(quoted, row.cells or ())])
    return out.getvalue()


def _write_raw(out: io.StringIO, first: Sequence[str], line: str) -> None:
    """Write a line that has no cells as it came: unmended it is refused again, with its quote
    closed it is a row.
    """
    head = io.StringIO(newline="")
    csv.writer(head).writerow(first)
    harmless = _FORMULA_CELL.sub(r"\1'", line)
    out.write(f"{head.getvalue().rstrip()},{harmless}\r\n")
