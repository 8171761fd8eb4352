"""Values of a parsed mail. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one mail may cost. Beyond a hard limit it is refused, beyond a soft one it is cut."""

    size_bytes: int = 50 * MEBIBYTE  # hard
    parts: int = 1_000  # hard
    depth: int = 30  # hard
    headers: int = 2_000  # hard
    header_characters: int = 16_384  # soft: a longer value is cut
    addresses: int = 5_000  # soft
    text_characters: int = 500_000  # soft
    html_characters: int = 2_000_000  # soft
    files: int = 200  # hard


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header: `name` decoded and scrubbed, `email` as written, never empty."""

    email: str
    name: str | None = None

    @property
    def local_part(self) -> str:
        return self.email.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class MailFile:
    """An attachment or an inline part. `media_type` is sniffed, `name` cleaned of paths."""

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None
    inline: bool = False


class RefusalCode(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    TOO_MANY_HEADERS = "too_many_headers"
    NO_SENDER = "no_sender"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mail could not be read. It is quarantined with its raw bytes, never dropped."""

    code: RefusalCode
    reason: str


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One recipient of a delivery report (RFC 3464 §2.3)."""

    recipient: str | None
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str | None  # 5.1.1
    diagnostic: str | None


@dataclass(frozen=True, slots=True)
class MailReport:
    """A multipart/report: what it tells and about which mail of ours."""

    report_type: str  # delivery-status, disposition-notification, ...
    parts: tuple[ReportPart, ...] = ()
    original_message_id: str | None = None
    original_references: tuple[str, ...] = ()


class Protection(StrEnum):
    """What a mail is signed or encrypted with; an encrypted one can only be read elsewhere."""

    SMIME_SIGNED = "smime_signed"
    SMIME_ENCRYPTED = "smime_encrypted"
    PGP_SIGNED = "pgp_signed"
    PGP_ENCRYPTED = "pgp_encrypted"


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail as the hub sees it. Times are UTC; strings hold no control characters but \\n and \\t.

    `text` is the whole text; `html` is raw and must be sanitised before anybody sees it.
    `headers` are decoded, names in lower case, in order of arrival.
    """

    sender: Address
    headers: tuple[tuple[str, str], ...]
    subject: str = ""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    text: str = ""
    html: str | None = None
    files: tuple[MailFile, ...] = ()
    report: MailReport | None = None
    defects: tuple[str, ...] = field(default=())
    protection: Protection | None = None

    def header(self, name: str) -> str | None:
        """Return the first header called `name` (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def header_all(self, name: str) -> list[str]:
        """Return all headers called `name` (any case), first on top."""
        wanted = name.lower()
        return [value for key, value in self.headers if key == wanted]
