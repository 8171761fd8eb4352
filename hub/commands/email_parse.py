"""`hub email parse`: any collection of mails → one JSON object a mail, so that it can be scored."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import click
import msgspec

from .terminal import err

_SEPARATOR = b"From "
# Of a Maildir: what is being delivered, and what servers keep beside the mails.
_NO_MAILS = ("tmp", "courierimapkeywords", "maildirfolder", "maildirsize")
_INDEXES = ("dovecot", "subscriptions", "courier")


@click.command("parse")
@click.argument("sources", nargs=-1, required=True, metavar="FILE…")
def parse(sources: tuple[str, ...]) -> None:
    """Print what the hub reads in each mail of FILE… as JSON, one object a line.

    A FILE is a mail, an mbox, a folder or Maildir of those, or `-` for the standard input. Ends
    with 1 if any mail was refused, with 2 if a file cannot be read.
    """
    from hub.vendors.mail.described import describe_mail
    from hub.vendors.mail.model import Limits

    limit = Limits().size_bytes
    encoder = msgspec.json.Encoder()
    refused = unreadable = 0
    out = sys.stdout.buffer
    for source in _walk(sources):
        try:
            with _open(source) as file:
                for number, raw in _mails(file, limit):
                    described = describe_mail(raw, source if number == 0 else f"{source}#{number}")
                    refused += described.refused is not None
                    out.write(encoder.encode(described) + b"\n")
                    out.flush()
        except BrokenPipeError:
            _leave_quietly()
        except OSError as error:
            unreadable += 1
            err.print(f"{source}: {error.strerror or error}", markup=False)
    if unreadable or refused:
        raise click.exceptions.Exit(2 if unreadable else 1)


def _leave_quietly() -> None:
    """Nobody reads on (`| head`): end without a trace, also of the interpreter's own flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise click.exceptions.Exit(0)


def _walk(sources: Iterable[str]) -> Iterator[str]:
    """Yield files, those of a folder by name; hidden ones (indexes of servers) are left out."""
    for source in sources:
        if source == "-" or not Path(source).is_dir():
            yield source
            continue
        try:
            with os.scandir(source) as entries:
                # Not pipes and sockets: whoever opens one waits for a writer.
                found = sorted(
                    entry.name
                    for entry in entries
                    if entry.is_file() or entry.is_dir() or entry.is_symlink()
                )
        except OSError:
            yield source  # who opens it says why
            continue
        hidden = (".", *_INDEXES)
        names = [name for name in found if not name.startswith(hidden) and name not in _NO_MAILS]
        yield from _walk(str(Path(source) / name) for name in names)


def _open(source: str) -> IO[bytes]:
    return os.fdopen(os.dup(0), "rb") if source == "-" else Path(source).open("rb")


def _mails(file: IO[bytes], limit: int) -> Iterator[tuple[int, bytes]]:
    """Yield (0, the one mail of the file), or (1, …), (2, …) of an mbox; of each at most
    `limit` + 1 bytes, which is what tells that it is too large."""
    first = file.readline(limit + 1)
    if not first.startswith(_SEPARATOR):
        yield 0, first + file.read(limit + 1 - len(first))
        return
    number, size, blank = 1, 0, False
    kept: list[bytes] = []
    while line := file.readline(limit + 1):
        if blank and line.startswith(_SEPARATOR):
            yield number, b"".join(kept)
            number, size, blank = number + 1, 0, False
            kept = []
            continue
        if size <= limit:
            kept.append(line)
            size += len(line)
        blank = not line.strip(b"\r\n")
    yield number, b"".join(kept)
