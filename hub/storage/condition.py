"""Whether the database takes writes and answers reads: known at any time, logged once a change."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from .leases import AskLease, leases, take_lease
from .tx import Tx

log = logging.getLogger(__name__)

_FULL = "The disk is full: nothing can be stored until there is room."
_READ_ONLY = "The database is read-only: nothing can be stored."
_AWAY = "The database server does not answer or takes no work now."
# SQLite says it in words (https://sqlite.org/rescode.html) …
_WORDS = (
    ("disk is full", _FULL),
    ("readonly database", _READ_ONLY),
    ("database is locked", "Another program has locked the database."),
    ("unable to open database file", "The database file cannot be opened."),
)
# … PostgreSQL in codes and their classes (appendix A of its manual); none: there was no answer.
_CODES = {"53100": _FULL, "25006": _READ_ONLY}
_CLASSES = frozenset({"08", "53", "57"})

_PROBE = AskLease("write-probe", "writer", 0.0)


class Condition:
    """What is wrong with one way to the database; `reason` is None while it is well.

    Used from several threads. A change is one line in the log, however many tries fail.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._since_s = 0.0
        self.reason: str | None = None

    def failed(self, error: Exception) -> bool:
        """Note a try that failed; return whether the database was the reason."""
        reason = reason_of(error) if is_fatal(error) else None
        if reason is None:
            return False
        with self._lock:
            if reason == self.reason:
                return True
            if self.reason is None:
                self._since_s = time.monotonic()
            self.reason = reason
        log.error("%s are refused. %s (%s)", self._what, reason, _one_line(error))
        return True

    def well(self) -> None:
        """A try went well."""
        if self.reason is None:
            return
        with self._lock:
            was, self.reason = self.reason, None
        if was is not None:
            away_s = time.monotonic() - self._since_s
            log.warning("%s are accepted again after %.1f s", self._what, away_s)


def probe_writing(tx: Tx) -> None:
    """Write one small row and take it back: a transaction that changes nothing proves nothing."""
    take_lease(tx, _PROBE)
    tx.execute(delete(leases).where(leases.c.name == _PROBE.name))


def is_fatal(error: BaseException) -> bool:
    """A fault of the database itself, not of one call: locked, full, gone."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or type(error).__name__ in {
        "OperationalError",
        "InternalError",
        "InterfaceError",
    }


def disk_failed(error: Exception) -> bool:
    """The disk failed under the database: what is on it is unknown."""
    return "disk I/O error" in str(error)


def reason_of(error: Exception) -> str | None:
    """Return what is wrong with the database, for whoever runs the hub; None: it is not that.

    Nothing in the sentence tells where anything is: `/readyz` shows it to everybody.
    """
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        said = str(original)
        return next((reason for words, reason in _WORDS if words in said), None)
    code: str = getattr(original, "sqlstate", None) or "08"
    return _CODES.get(code) or (_AWAY if code[:2] in _CLASSES else None)


def _one_line(error: Exception) -> str:
    said = str(getattr(error, "orig", None) or error).split()
    return f"{type(error).__name__}: {' '.join(said)[:300]}"
