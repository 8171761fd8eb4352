"""A file of rows, read as a stream: memory does not grow with the file.

Only reading: what the rows say is checked in `rows`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from msgspec import Struct

from hub.core.errors import Invalid, TooLarge

from . import vcard
from .csv_file import MAX_LINE, Broken, Cells, as_text, is_broken, read_names, rows
from .encoding import look_through, wrong_encoding

Source = bytes | Path

MAX_FILE_BYTES = 100 * 1_048_576
MAX_COLUMNS = 200
_MAX_HEADER = 200  # characters of the name of a column


class FileForm(Struct, frozen=True):
    """How a file is to be read. `separator` "": business cards (vCard)."""

    encoding: str
    separator: str
    header: tuple[str, ...]


def look_at(source: Source, encoding: str | None = None) -> FileForm:
    """Return how the file is to be read. Raises TooLarge, Invalid with what to do."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MAX_FILE_BYTES:
        raise TooLarge(f"The file is larger than {MAX_FILE_BYTES // 1_048_576} MiB: split it.")
    with _opened(source) as file:
        encoding = look_through(file, encoding).encoding
    with _as_text(source, encoding) as text:
        lines = iter(lambda: text.readline(MAX_LINE), "")
        if vcard.is_vcard(next((line for line in lines if line.strip()), "")):
            return FileForm(encoding, "", vcard.HEADER)
    with _as_text(source, encoding) as text:
        header = read_names(text)
    if any(map(is_broken, header.names)):
        raise wrong_encoding(encoding)
    if len(header.names) > MAX_COLUMNS:
        raise Invalid(f"The file has more than {MAX_COLUMNS} columns.", code="import.no_columns")
    return FileForm(encoding, header.separator, tuple(n[:_MAX_HEADER] for n in header.names))


def read_records(source: Source, form: FileForm) -> Iterator[Cells | Broken]:
    """Yield the rows that are not empty, each with the line it begins in."""
    if not form.separator:
        # What is neither UTF-8 nor GB18030 from end to end may be so line by line.
        written_in = "utf-8" if form.encoding == "cp1252" else form.encoding
        with _as_text(source, written_in) as text:
            for line, cells in vcard.read_cards(_bounded(text), written_in):
                yield Cells(line, tuple(cells))
        return
    with _as_text(source, form.encoding) as text:
        yield from rows(text, read_names(text))


def count_records(source: Source, form: FileForm) -> int:
    """Return how many rows the file has."""
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
def _as_text(source: Source, encoding: str) -> Iterator[TextIO]:
    with _opened(source) as file, as_text(file, encoding) as text:
        yield text


def _bounded(text: TextIO) -> Iterator[str]:
    """Yield lines without NUL, which is no text and PostgreSQL stores none; the rest of a line that
    is longer than any is passed over.
    """
    while line := text.readline(MAX_LINE):
        rest = line
        while len(rest) == MAX_LINE and not rest.endswith("\n"):
            rest = text.readline(MAX_LINE)
        yield line.replace("\0", "")
