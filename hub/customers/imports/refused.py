"""Refused rows as a file that can be mended and imported again: the reasons first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from .csv_file import quoted
from .outcome import Outcome
from .say import say


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
        reasons = "; ".join(say(reason, language) for reason in row.reasons)
        writer.writerow([row.line, quoted(reasons), *map(quoted, row.cells or ())])
    return out.getvalue()
