"""Logs: one JSON object a line on stderr, or a readable line on a terminal; never a message body.

What customers and agents write stays out of the log. Fields go through
`extra={"contact_id": …}`; a field whose name says that it holds content or a secret is replaced by
its size, whoever logs it. The id of the request at hand is bound once at the edge and is on each
line written for it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "json", "human"]

_request_id: ContextVar[str] = ContextVar("request_id", default="")

_LONGEST_VALUE = 500
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTENT = frozenset(
    ("body", "text", "html", "subject", "content", "raw", "payload", "cookie", "authorization")
) | {"password", "secret", "token"}
_TALKATIVE = ("aiohttp.access", "alembic.runtime", "sqlalchemy", "aioimaplib", "websockets")
_COLOURS = {"DEBUG": "2", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127) if code != 9}


@contextmanager
def request(request_id: str) -> Iterator[None]:
    """Bind the id of the request, socket or job at hand to every log line written inside."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def current_request() -> str:
    """Return the id bound by `request`, or the empty string."""
    return _request_id.get()


def configure(level: Level, format: Format = "auto", stream: TextIO | None = None) -> None:
    """Send all logs to `stream` (stderr), as JSON or, with "auto" on a terminal, for people."""
    stream = stream or sys.stderr
    human = format == "human" or (format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(HumanFormatter(colour=stream.isatty()) if human else JsonFormatter())
    handler.addFilter(_stamp)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))


def _stamp(record: logging.LogRecord) -> bool:
    if not hasattr(record, "request_id") and (request_id := _request_id.get()):
        record.request_id = request_id
    return True


def _fields(record: logging.LogRecord) -> dict[str, str | int | float | bool | None]:
    """Return the record's own fields: scalars as they are, content by its size, else short text."""
    fields: dict[str, str | int | float | bool | None] = {}
    for name, value in vars(record).items():
        if name in _STANDARD or name.startswith("_"):
            continue
        if any(part in _CONTENT for part in name.lower().split("_")) and not _is_number(value):
            fields[name] = f"<{len(value)}>" if isinstance(value, str | bytes) else "<hidden>"
        elif value is None or _is_number(value):
            fields[name] = value
        else:
            fields[name] = str(value)[:_LONGEST_VALUE]
    return fields


def _is_number(value: object) -> bool:
    return isinstance(value, bool | int | float)


class JsonFormatter(logging.Formatter):
    """One JSON object: time (UTC), level, logger, message, the fields, and a trace if any."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class HumanFormatter(logging.Formatter):
    """`12:03:10 WARNING hub.x message  field=value`, one line; a trace follows below."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        clock = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        level = f"{record.levelname:<8}"
        if self._colour:
            level = f"\x1b[{_COLOURS.get(record.levelname, '0')}m{level}\x1b[0m"
        line = f"{clock} {level} {record.name}: {_one_line(record.getMessage())}"
        fields = " ".join(f"{name}={_one_line(value)}" for name, value in _fields(record).items())
        if fields:
            line = f"{line}  {fields}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def _one_line(value: object) -> str:
    """Escape control characters: what a customer sent cannot forge a line or steer a terminal."""
    return str(value).translate(_CONTROL)
