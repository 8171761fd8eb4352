"""The error tree: a stable `code`, an HTTP `status`, and a sentence that says what to do.

Raised deep, rendered once at the edge (RFC 9457 in `hub.web`, a frame on sockets, a line on the
CLI). Batch functions return these as values: an expected refusal never rolls back a neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, NamedTuple


class HubError(Exception):
    """Base of every expected error. `message` is for people; `code` is for programs."""

    code: ClassVar[str] = "hub.error"
    status: ClassVar[int] = 500

    def __init__(
        self, message: str, *, code: str | None = None, **details: str | int | float | None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code
        self.details = details


class Fault(NamedTuple):
    """One thing that is wrong in a document: where ("queues[0].hours") and how it is mended.

    `code`: which sentence it is ("rule.deep"), and `facts` what stands in it, for pages that say it
    in another language; "" where it has none.
    """

    path: str
    message: str
    code: str = ""
    facts: Mapping[str, str] = MappingProxyType({})

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Invalid(HubError):
    """The input cannot be accepted as it is; the message says which part and why.

    `faults`: each of its places, where there can be several.
    """

    code = "invalid"
    status = 422

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        faults: Sequence[Fault] = (),
        **details: str | int | float | None,
    ) -> None:
        super().__init__(message, code=code, **details)
        self.faults = tuple(faults)


class Malformed(HubError):
    """The request cannot be read at all (broken JSON, wrong type)."""

    code = "malformed"
    status = 400


class Unauthenticated(HubError):
    """Nobody is signed in, or the credentials are not (any longer) valid."""

    code = "unauthenticated"
    status = 401


class Forbidden(HubError):
    """The one who asks is known and may not do this."""

    code = "forbidden"
    status = 403


class NotFound(HubError):
    """There is no such thing, or the one who asks may not know of it."""

    code = "not_found"
    status = 404


class Conflict(HubError):
    """The thing has moved on since the asker saw it (already taken, already closed, newer
    version).
    """

    code = "conflict"
    status = 409


class TooLarge(HubError):
    """More bytes than the limit; the message names the limit."""

    code = "too_large"
    status = 413


class WrongType(HubError):
    """A file of a kind that is not taken; the message names what is."""

    code = "wrong_type"
    status = 415


class TooMany(HubError):
    """A rate limit; `retry_after_s` says when to try again."""

    code = "too_many"
    status = 429

    def __init__(self, message: str, *, retry_after_s: float, code: str | None = None) -> None:
        super().__init__(message, code=code, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class Unavailable(HubError):
    """The hub cannot do this now (database stopped, disk full); nothing was accepted, try again."""

    code = "unavailable"
    status = 503

    def __init__(
        self, message: str, *, retry_after_s: float = 5.0, code: str | None = None
    ) -> None:
        super().__init__(message, code=code, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s
