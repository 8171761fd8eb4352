"""What a link says of a line of the audit log, and whether both still say the same. Pure.

A link's hash is over its number, the hash of the link before, and two salted digests of the line:
of who did what when to what, and of its detail. So a line, or its detail, may lawfully go: the
digests stay and nobody can guess from them what stood there, since the salts went too. What went is
said by a later line, itself in the chain, with a digest over the numbers of the links.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

FORM = "contact-hub audit 1"
GENESIS = hashlib.sha256(FORM.encode()).hexdigest()
"""What stands for the hash of the link before the first."""

FORGET = "audit.forget"
"""The act that says which lines, or details of lines, went."""

ACCESS = (
    "session.open",
    "session.close",
    "customer.reveal",
    "commitment.reveal",
    "original.open",
    "original.download",
    "recording.play",
    "recording.download",
)
"""Acts that change nothing: who signed in or out, and who looked at what. They may go; one that is
taken off this list makes lines that went before look as if somebody had removed them."""


class Gone(StrEnum):
    """What lawfully went of a line."""

    LINE = "line"  # kept as long as the set-up says
    DETAIL = "detail"  # its reason was about a customer who was erased


MAY_GO: Mapping[Gone, tuple[str, ...]] = {
    Gone.LINE: ACCESS,
    Gone.DETAIL: ("outreach.override",),
}


class What(StrEnum):
    """How the log and its chain differ."""

    LINK_MISSING = "link_missing"
    LINK_CHANGED = "link_changed"
    LINE_MISSING = "line_missing"
    LINE_CHANGED = "line_changed"
    LINE_ADDED = "line_added"  # a line without a link
    GONE_UNTOLD = "gone_untold"  # marked as gone, and no line says so, or it may not go
    GONE_DIFFERS = "gone_differs"  # other lines went than the log says
    HEAD_DIFFERS = "head_differs"  # the newest link is not the one that was written last
    NOTED_DIFFERS = "noted_differs"  # a link that was noted elsewhere is another now, or gone


class Line(NamedTuple):
    """A line of the log."""

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    via: str
    address: str
    action: str
    object_kind: str
    object_id: str
    detail: Mapping[str, Any]


class Link(NamedTuple):
    """`gone` and `gone_by` are in no hash: the line `gone_by` vouches for them."""

    seq: int
    line_id: str
    at: datetime
    action: str
    said_salt: str
    said_sha256: str
    detail_salt: str
    detail_sha256: str
    hash: str
    gone: str | None = None
    gone_by: str | None = None


class Salts(NamedTuple):
    """Two random texts for one line; empty once what they belong to is gone."""

    said: str
    detail: str


def link_line(seq: int, before: str, line: Line, salts: Salts) -> Link:
    """Return the link of `line` after the one whose hash is `before`."""
    link = Link(
        seq=seq,
        line_id=line.id,
        at=line.at,
        action=line.action,
        said_salt=salts.said,
        said_sha256=digest_said(salts.said, line),
        detail_salt=salts.detail,
        detail_sha256=digest_detail(salts.detail, line.detail),
        hash="",
    )
    return link._replace(hash=hash_link(link, before))


def hash_link(link: Link, before: str) -> str:
    """Return what the hash of `link` has to be."""
    micros = _micros(link.at)
    digests = (link.said_sha256, link.detail_sha256)
    return _digest([FORM, link.seq, before, link.line_id, micros, link.action, *digests])


def digest_said(salt: str, line: Line) -> str:
    """Return the digest of a line but for its detail."""
    return _digest([salt, line.id, _micros(line.at), *line[2:9]])


def digest_detail(salt: str, detail: Mapping[str, Any]) -> str:
    """Return the digest of a line's detail."""
    plain = msgspec.json.decode(msgspec.json.encode(detail))
    return _digest([salt, {name: _number(value) for name, value in plain.items()}])


def digest_gone(seqs: Iterable[int]) -> tuple[int, str]:
    """Return how many links, and a digest over their numbers, which ascend."""
    count, digest = 0, hashlib.sha256()
    for seq in seqs:
        count += 1
        digest.update(b"%d\n" % seq)
    return count, digest.hexdigest()


def check_link(link: Link, seq: int, before: str, line: Line | None, *, told: bool) -> What | None:
    """Return how `link` differs from the one of number `seq` after `before`, or from its `line`.

    `line`: None where it is not in the log. `told`: a later line says that it, or its detail, went.
    """
    if link.seq != seq:
        return What.LINK_MISSING
    if hash_link(link, before) != link.hash:
        return What.LINK_CHANGED
    if (link.gone is None) != (link.gone_by is None):
        return What.GONE_UNTOLD
    if link.gone is not None and not (told and _may_go(link)):
        return What.GONE_UNTOLD
    if not _salts_are_due(link):
        return What.LINK_CHANGED
    if line is None:
        return None if link.gone == Gone.LINE else What.LINE_MISSING
    return None if _says_the_same(link, line) else What.LINE_CHANGED


def _may_go(link: Link) -> bool:
    return link.gone in set(Gone) and link.action in MAY_GO[Gone(link.gone)]


def _salts_are_due(link: Link) -> bool:
    """Salts are there as long as what they belong to, and not a moment longer."""
    said_goes, detail_goes = link.gone == Gone.LINE, link.gone is not None
    return (link.said_salt == "", link.detail_salt == "") == (said_goes, detail_goes)


def _says_the_same(link: Link, line: Line) -> bool:
    if link.gone == Gone.LINE or (line.id, line.at, line.action) != link[1:4]:
        return False
    if digest_said(link.said_salt, line) != link.said_sha256:
        return False
    if link.gone == Gone.DETAIL:
        return not line.detail
    return digest_detail(link.detail_salt, line.detail) == link.detail_sha256


def _digest(values: list[Any]) -> str:
    text = json.dumps(
        values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _micros(moment: datetime) -> int:
    """Return microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def _number(value: Any) -> Any:
    """Return whole numbers as such: PostgreSQL gives 1e22 back as one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
