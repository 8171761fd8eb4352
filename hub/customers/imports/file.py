"""A file of rows, read as a stream: memory does not grow with the file.

Only reading: what the rows say is checked in `rows`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from hub.core.errors import Invalid, TooLarge

from . import vcard
from .encoding import find_encoding, wrong_encoding
from .model import MAX_CELL

Source = bytes | Path

MAX_FILE_BYTES = 100 * 1_048_576
MAX_COLUMNS = 200
_MAX_HEADER = 200  # characters of the name of a column
_MAX_LINE = 1 << 20  # characters; the rest of a longer one is passed over
_SEPARATORS = ",;\t|"


class FileForm(Struct, frozen=True):
    """How a file is to be read. `separator` "": business cards (vCard)."""

    encoding: str
    separator: str
    header: tuple[str, ...]

    @property
    def first_row(self) -> int:
        """How many records stand before the first row: the one with the names of the columns."""
        return 1 if self.separator else 0


def look_at(source: Source, encoding: str | None = None) -> FileForm:
    """Return how the file is to be read. Raises TooLarge, Invalid with what to do."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MAX_FILE_BYTES:
        raise TooLarge(f"The file is larger than {MAX_FILE_BYTES // 1_048_576} MiB: split it.")
    if encoding is None:
        with _opened(source) as file:
            encoding = find_encoding(file)
    with _lines(source, encoding, "replace") as lines:
        first = next((line for line in lines if line.strip()), "")
    if not first:
        raise Invalid("The file is empty: its first line names the columns.", code="import.empty")
    if vcard.is_vcard(first):
        return FileForm(encoding, "", vcard.HEADER)
    separator = max(_SEPARATORS, key=first.count)
    with _lines(source, encoding) as lines:
        _, cells = next(_csv_records(lines, separator), (0, [""]))
    if len(cells) > MAX_COLUMNS:
        raise Invalid(f"The file has more than {MAX_COLUMNS} columns.", code="import.no_columns")
    header = tuple(cell.strip().strip("\ufeff")[:_MAX_HEADER] for cell in cells)
    return FileForm(encoding, separator, header)


def read_records(source: Source, form: FileForm) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty: the line each begins in, and its cells.

    Raises Invalid where the file is not written in the encoding after all; of business cards each
    line may have its own.
    """
    if not form.separator:
        mixed = form.encoding == "cp1252"  # neither UTF-8 nor GB18030 from end to end
        encoding, errors = ("utf-8", "surrogateescape") if mixed else (form.encoding, "strict")
        with _lines(source, encoding, errors) as lines:
            yield from vcard.read_cards(lines)
        return
    with _lines(source, form.encoding) as lines:
        records = _csv_records(lines, form.separator)
        next(records, None)
        yield from records


def count_records(source: Source, form: FileForm) -> int:
    """Return how many rows the file has. Raises Invalid as `read_records` does."""
    return sum(1 for _ in read_records(source, form))


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        file = source.open("rb")
    except OSError as error:
        raise Invalid(f"The file cannot be read: {error.strerror}.") from error
    with file:
        yield file


@contextmanager
def _lines(source: Source, encoding: str, errors: str = "strict") -> Iterator[Iterator[str]]:
    """Open the file as lines of text. An encoding that it is not written in raises Invalid."""
    with _opened(source) as file:
        try:
            with io.TextIOWrapper(file, encoding, errors, newline="") as text:
                yield _bounded(text)
        except (LookupError, UnicodeError) as error:
            raise wrong_encoding(encoding) from error


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines with their ends and without NUL, which is no text and PostgreSQL stores none."""
    while line := text.readline(_MAX_LINE):
        rest = line
        while len(rest) == _MAX_LINE and not rest.endswith(("\n", "\r")):
            rest = text.readline(_MAX_LINE)
        yield line.replace("\0", "")


def _csv_records(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield records that are not empty; one that the csv module cannot read has a cell that is
    too long.
    """
    reader = csv.reader(lines, delimiter=separator)
    while True:
        line = reader.line_num + 1
        try:
            cells = [_unquoted(cell.strip()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            cells = ["x" * (MAX_CELL + 1)]
        if any(cells):
            yield line, cells


FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets run (reliability.md, Out)


def _unquoted(cell: str) -> str:
    """Take back the mark that a file of ours sets before what a spreadsheet would run."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
