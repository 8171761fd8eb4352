"""A CSV file read as a stream: encoding, separator, header, then rows, each with its line.

Memory is a line, whatever the file. Nothing that stands in a row raises: what cannot be read is a
Broken row with its reason, and the next line is read as if nothing had been.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from hub.core.errors import Invalid
from hub.core.text import fold
from hub.customers.imports.model import Reason

MAX_LINE = 64 * 1024  # characters of a row
MAX_CELL = 4_000
_MOST_JOINED = 50  # lines of one row that has line ends in a cell
_SEPARATORS = ",;\t|"
_CHUNK = 1 << 20
_SAMPLE_LINES = 2_000
_SURE = 0.9
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pass over the bytes tells: `lines` ends of line, for the progress bar."""

    encoding: str
    lines: int


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
    """Read the file once: which encoding, how many lines. Raises Invalid, OSError.

    As told; else by its byte order mark; UTF-8 where it is that, all of it or nearly every line;
    GB18030 where that reads as characters people write; else Windows-1252.
    """
    lines, mark, is_utf8 = 0, b"", True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            mark = mark or chunk[:4]
            lines += chunk.count(b"\n")
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
    if is_utf8 and decoder.getstate()[0]:
        is_utf8 = False  # the file ends within a character
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        raise Invalid(
            f"There is no encoding “{encoding}”: save the file as UTF-8.", code="import.encoding"
        ) from error
    marked = next((name for start, name in _MARKS if mark.startswith(start)), None)
    return Looked(encoding or marked or ("utf-8" if is_utf8 else _guess(path)), lines)


def open_text(path: Path, encoding: str) -> TextIO:
    """Open the file: bytes that are no text in its encoding become characters that `rows` names."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open("r", encoding=encoding, errors=errors)


def read_header(file: TextIO, known: Mapping[str, str], required: Iterable[str]) -> Header:
    """Read the first line that is not empty. `known`: columns by the words people write.

    Raises Invalid when a required column is missing.
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
    names = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=separator)))
    columns: dict[int, str] = {}
    for index, name in enumerate(names):
        column = known.get(plain_header(name))
        if column is not None and column not in columns.values():
            columns[index] = column
    missing = [name for name in required if name not in columns.values()]
    if missing:
        raise Invalid(
            f"The columns {', '.join(missing)} are missing. The first line has to name them; it "
            f"says: {', '.join(names)[:200]}",
            code="import.no_columns",
        )
    ignored = tuple(name for index, name in enumerate(names) if name and index not in columns)
    return Header(separator, names, columns, ignored, line)


def rows(file: TextIO, header: Header) -> Iterator[Cells | Broken]:
    """Yield every row that is not empty, from where the header ended."""
    lines = _Lines(file, header.line)
    while (line := lines.next()) is not None:
        at, text = lines.number, line
        if len(text) > MAX_LINE:
            reason = Reason("row.too_long", f"The row has more than {MAX_LINE} characters.")
            yield Broken(at, reason, (text[:200],))
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
    reason = Reason("row.open_quote", "A quotation mark is opened and not closed.")
    return Broken(at, reason, (text[:200],))


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
    shown = tuple(cell[:200].encode("utf-8", "replace").decode() for cell in row)
    if len(row) > len(header.names) and any(row[len(header.names) :]):
        text = f"The row has {len(row)} cells, the header {len(header.names)}."
        return Broken(at, Reason("row.too_many_cells", text), shown)
    if any(len(cell) > MAX_CELL for cell in row):
        text = f"A cell has more than {MAX_CELL} characters."
        return Broken(at, Reason("row.long_cell", text), shown)
    if any(_is_broken(cell) for cell in row):
        text = "The row has bytes that are no text in the encoding of the file: save it as UTF-8."
        return Broken(at, Reason("row.encoding", text), shown)
    return Cells(at, row)


def _is_broken(cell: str) -> bool:
    return not cell.isascii() and any("\ud800" <= c <= "\udfff" or c == "\ufffd" for c in cell)


def _guess(path: Path) -> str:
    """Tell the encoding of a file that is not all UTF-8 by its first lines beyond ASCII."""
    sample: list[bytes] = []
    with path.open("rb") as file:
        while len(sample) < _SAMPLE_LINES and (line := file.readline(MAX_LINE)):
            if not line.isascii():
                sample.append(line)
    if _share(sample, _is_utf8) >= _SURE:
        return "utf-8"
    return "gb18030" if _share(sample, _is_chinese) >= _SURE else "cp1252"


def _share(sample: list[bytes], holds: Callable[[bytes], bool]) -> float:
    return sum(1 for line in sample if holds(line)) / max(len(sample), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(line: bytes) -> bool:
    """Whether it reads, in GB18030, as characters that GB 2312 has: those people write."""
    try:
        foreign = [c for c in line.decode("gb18030") if not c.isascii()]
        return sum(1 for c in foreign if _is_common(c)) >= _SURE * len(foreign)
    except UnicodeDecodeError:
        return False


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
