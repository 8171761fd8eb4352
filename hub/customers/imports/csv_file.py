"""A CSV file read as a stream: encoding, separator, header, then rows, each with its line.

Memory is a line, whatever the file. Nothing that stands in a row raises: what cannot be read is a
Broken row with its reason, and the next line is read as if nothing had been.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from hub.core.errors import Invalid
from hub.core.text import fold

from .encoding import Looked as Looked
from .encoding import look_through
from .model import MAX_CELL, Reason

MAX_LINE = 64 * 1024  # characters of a row
_MOST_JOINED = 50  # lines of one row that has line ends in a cell
_SEPARATORS = ",;\t|"
OPEN_QUOTE = "row.open_quote"
_SHOWN = 200  # characters of a cell that is refused with its row
_LOST = "\ufffd"
_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Cells:
    """A row: `line` is where it begins, the header being line 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read; `cells` as far as they can be shown."""

    line: int
    reason: Reason
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """`columns`: what stands where; `ignored`: headers that mean nothing to us; `line`: its own."""

    separator: str
    names: tuple[str, ...]
    columns: Mapping[int, str]
    ignored: tuple[str, ...]
    line: int = 1


def look_at(path: Path, encoding: str | None = None) -> Looked:
    """Read the file once: see `look_through`. Raises Invalid, OSError."""
    with path.open("rb") as file:
        return look_through(file, encoding)


def open_text(path: Path, encoding: str) -> TextIO:
    """Open the file: see `as_text`."""
    return as_text(path.open("rb"), encoding)


def as_text(file: BinaryIO, encoding: str) -> TextIO:
    """Return a file as text, which closes it: bytes that are no text in its encoding become
    characters that `rows` names.
    """
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(file, encoding, errors)


def read_names(file: TextIO) -> Header:
    """Read the first line that is not empty: the names of the columns, and what separates them.

    Raises Invalid where there is none.
    """
    text, line = "", 0
    while not text.strip("\r\n \t\ufeff"):
        text = file.readline(MAX_LINE)
        line += 1
        if not text:
            raise Invalid(
                "The file is empty: its first line names the columns.", code="import.empty"
            )
    text = text.strip("\r\n\ufeff").replace("\0", "")
    separator = max(_SEPARATORS, key=text.count)
    names = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=separator), ()))
    return Header(separator, names, {}, (), line)


def read_header(file: TextIO, known: Mapping[str, str], required: Iterable[str]) -> Header:
    """Read the names of the columns. `known`: columns by the words people write.

    Raises Invalid when a required column is missing.
    """
    header = read_names(file)
    columns: dict[int, str] = {}
    for index, name in enumerate(header.names):
        column = known.get(plain_header(name))
        if column is not None and column not in columns.values():
            columns[index] = column
    missing = [name for name in required if name not in columns.values()]
    if missing:
        raise Invalid(
            f"The columns {', '.join(missing)} are missing. The first line has to name them; it "
            f"says: {', '.join(header.names)[:200]}",
            code="import.no_columns",
        )
    ignored = tuple(
        name for index, name in enumerate(header.names) if name and index not in columns
    )
    return replace(header, columns=columns, ignored=ignored)


def rows(file: TextIO, header: Header) -> Iterator[Cells | Broken]:
    """Yield every row that is not empty, from where the header ended."""
    lines = _Lines(file, header.line)
    while (line := lines.next()) is not None:
        at, text = lines.number, line
        if len(text) > MAX_LINE:
            reason = Reason("row.too_long", f"The row has more than {MAX_LINE} characters.")
            yield Broken(at, reason, (cut(text, _SHOWN),))
            continue
        if '"' not in text:
            cells = text.split(header.separator)
        else:
            read = _quoted_row(text, lines, header)
            if isinstance(read, Broken):
                yield read
                continue
            cells = read
        row = tuple(unquoted(cell.strip()) for cell in cells)
        if any(row):
            yield _checked(at, row, header)


def plain_header(name: str) -> str:
    """ "Order No. (ERP)*" → orderno."""
    folded = fold(name).split("(", 1)[0].strip("* \t:")
    return "".join(character for character in folded if character not in " .-_/'\"")


def quoted(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


class _Lines:
    """Lines without their ends, some of which may be given back."""

    def __init__(self, file: TextIO, number: int) -> None:
        self._file = file
        self._back: deque[str] = deque()
        self.number = number

    def next(self) -> str | None:
        if self._back:
            self.number += 1
            return self._back.popleft()
        text = self._file.readline(MAX_LINE + 2)
        if not text:
            return None
        self.number += 1
        if len(text) == MAX_LINE + 2 and not text.endswith("\n"):
            self._skip()
        return text.removesuffix("\n").replace("\0", "")

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def _skip(self) -> None:
        while (rest := self._file.readline(MAX_LINE)) and not rest.endswith("\n"):
            pass


def _quoted_row(text: str, lines: _Lines, header: Header) -> list[str] | Broken:
    """Read a row with quotes, which may have line ends in its cells.

    A quote that nobody closes would swallow the rest of the file: then this line alone is broken.
    """
    at, more = lines.number, list[str]()
    joined = text
    while (cells := _cells(joined, header.separator)) is None:
        following = lines.next() if len(more) < _MOST_JOINED else None
        if following is None or len(joined) + len(following) > MAX_LINE:
            more += [] if following is None else [following]
            return _open_quote(at, text, more, lines)
        more.append(following)
        joined = f"{joined}\n{following}"
    if more and len(cells) != len(header.names):
        return _open_quote(at, text, more, lines)
    return cells


def _open_quote(at: int, text: str, more: list[str], lines: _Lines) -> Broken:
    lines.give_back(more)
    reason = Reason(OPEN_QUOTE, "A quotation mark is opened and not closed.")
    return Broken(at, reason, (_plain(cut(text, MAX_CELL)),))


def _cells(text: str, separator: str) -> list[str] | None:
    """Return the cells; None where a quote is still open at the end.

    A row of one line may have text after a quote; over several lines that is a quote too many.
    """
    try:
        return next(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
    except StopIteration:
        return []
    if "\n" in text:
        return []
    try:
        return next(csv.reader([text], delimiter=separator))  # text after a quote: as it is meant
    except (csv.Error, StopIteration):
        return [text]


def _checked(at: int, row: tuple[str, ...], header: Header) -> Cells | Broken:
    shown = tuple(_plain(cut(cell, _SHOWN)) for cell in row)
    if len(row) > len(header.names) and any(row[len(header.names) :]):
        text = f"The row has {len(row)} cells, the header {len(header.names)}."
        return Broken(at, Reason("row.too_many_cells", text, detail=str(len(row))), shown)
    if any(len(cell) > MAX_CELL for cell in row):
        text = f"A cell has more than {MAX_CELL} characters."
        return Broken(at, Reason("row.long_cell", text), shown)
    if any(is_broken(cell) for cell in row):
        text = "The row has bytes that are no text in the encoding of the file: save it as UTF-8."
        return Broken(at, Reason("row.encoding", text), shown)
    return Cells(at, row)


def cut(text: str, most: int) -> str:
    """Shorten what is shown of a row. The mark is one that `is_broken` knows: whoever brings the
    row again without what is missing has it refused again.
    """
    return text if len(text) <= most else f"{text[:most]}{_LOST}"


def _plain(text: str) -> str:
    """Return it as text that can be stored and written: what is none is marked as lost."""
    return _SURROGATES.sub(_LOST, text)


def is_broken(cell: str) -> bool:
    """Say whether there is something in it that is no text in the encoding of the file."""
    return not cell.isascii() and any("\ud800" <= c <= "\udfff" or c == "\ufffd" for c in cell)
