"""Routes that show what is in a file without opening it on the reader's machine: text, pages."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from hub.core.errors import Invalid, NotFound
from hub.storage import Blobs, Store
from hub.vendors.mail.charsets import decode, scrub_text
from hub.vendors.mail.invitation import read_invitation
from hub.vendors.pictures import PAGED_TYPES, DocumentPages, PagesRefused
from hub.web import Access, BytesAnswer, Key, Principal, View, route

from .opening import open_file

TEXT_BYTES = 262_144  # of a file shown as text; the rest is in the download
_KEPT_S = 3600
_TEXT_TYPES = frozenset(
    str.split("application/json application/xml application/x-yaml application/sql message/rfc822")
)
_WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}


class FileTextView(View, frozen=True):
    """`cut`: the file goes on behind it."""

    text: str
    cut: bool


class FilePagesView(View, frozen=True):
    """How many pages can be looked at, one by one."""

    count: int


class InvitedPersonView(View, frozen=True):
    """`answer`: accepted, declined, tentative, delegated; "" where none is known."""

    address: str
    name: str
    answer: str


class InvitedMomentView(View, frozen=True):
    """`at` null: a whole day, or a time of a zone that nobody knows; `local` and `zone` as written
    there.
    """

    at: datetime | None
    local: str
    zone: str


class InvitedRuleView(View, frozen=True):
    """`frequency` "": a rule of its own; `plain`: these fields are all. `by_day`: MO, -1FR."""

    frequency: str
    interval: int
    count: int | None
    until: str | None
    by_day: list[str]
    by_month_day: list[int]
    by_month: list[int]
    plain: bool


class InvitedEventView(View, frozen=True):
    """`instead_of`: it is one time of a series, by when that was; `onwards`: all after it, too.
    `left_out`, `added`: times of the series, the first ones of so many. `uid`, `sequence`, `stamp`:
    which event, and the how-manieth word on it.
    """

    uid: str
    sequence: int
    stamp: datetime | None
    cancelled: bool
    changed: bool
    instead_of: InvitedMomentView | None
    onwards: bool
    summary: str
    location: str
    start: InvitedMomentView | None
    end: InvitedMomentView | None
    all_day: bool
    organizer: InvitedPersonView | None
    attendees: list[InvitedPersonView]
    attendee_count: int
    recurrence: InvitedRuleView | None
    left_out: list[InvitedMomentView]
    left_out_count: int
    added: list[InvitedMomentView]
    added_count: int


class InvitationView(View, frozen=True):
    """The events of a calendar file, a series before its single times. `more`: further ones."""

    method: str
    events: list[InvitedEventView]
    more: int


class PreviewRoutes:
    def __init__(self, store: Store, blobs: Blobs, pages: DocumentPages) -> None:
        self._store = store
        self._blobs = blobs
        self._pages = pages

    @route(
        "GET",
        "/api/v1/attachments/{attachment_id}/text",
        access=Access.AGENT,
        summary="Look at a file as text",
    )
    async def text(self, principal: Principal, attachment_id: Key) -> FileTextView:
        file = await open_file(self._store, principal, attachment_id)
        blob_id, media_type = file.blob_id, file.media_type
        if not is_text(media_type):
            raise _not_shown("type")
        head = await asyncio.to_thread(_read_head, self._blobs.path(blob_id))
        text = await asyncio.to_thread(text_of_bytes, head[:TEXT_BYTES])  # a charset is sought
        if text is None:
            raise _not_shown("type")
        return FileTextView(text=text, cut=len(head) > TEXT_BYTES)

    @route(
        "GET",
        "/api/v1/attachments/{attachment_id}/invitation",
        access=Access.AGENT,
        summary="Look at what a calendar file invites to",
    )
    async def invitation(self, principal: Principal, attachment_id: Key) -> InvitationView:
        file = await open_file(self._store, principal, attachment_id)
        blob_id, media_type = file.blob_id, file.media_type
        if not is_text(media_type):
            raise _not_shown("type")
        head = await asyncio.to_thread(_read_head, self._blobs.path(blob_id))
        found = await asyncio.to_thread(read_invitation, head)
        if found is None:
            raise _not_shown("calendar")
        return msgspec.convert(found, InvitationView, from_attributes=True)

    @route(
        "GET",
        "/api/v1/attachments/{attachment_id}/pages",
        access=Access.AGENT,
        summary="Count the pages of a PDF or TIFF that can be looked at",
    )
    async def pages(self, principal: Principal, attachment_id: Key) -> FilePagesView:
        file = await open_file(self._store, principal, attachment_id)
        blob_id, media_type = file.blob_id, file.media_type
        if media_type not in PAGED_TYPES:
            raise _not_shown("type")
        try:
            count = await self._pages.count(blob_id, self._blobs.path(blob_id))
        except PagesRefused as refused:
            raise _not_shown(refused.reason) from None
        except FileNotFoundError:
            raise _gone() from None
        return FilePagesView(count=count)

    @route(
        "GET",
        "/api/v1/attachments/{attachment_id}/pages/{number}",
        access=Access.AGENT,
        summary="Look at one page of a PDF or TIFF",
    )
    async def page(self, principal: Principal, attachment_id: Key, number: Key) -> BytesAnswer:
        file = await open_file(self._store, principal, attachment_id)
        blob_id, media_type = file.blob_id, file.media_type
        if media_type not in PAGED_TYPES or not (number.isascii() and number.isdigit()):
            raise _not_shown("type")
        try:
            wanted = int(number[:6])
            picture = await self._pages.page(blob_id, self._blobs.path(blob_id), wanted)
        except PagesRefused as refused:
            raise _not_shown(refused.reason) from None
        except FileNotFoundError:
            raise _gone() from None
        return BytesAnswer(picture, "image/jpeg", f"page-{number}.jpg", _KEPT_S)


def is_text(media_type: str) -> bool:
    """Say whether a file of this type is worth reading as text."""
    kind = media_type.partition(";")[0].strip()
    return kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(("+xml", "+json"))


def text_of_bytes(data: bytes) -> str | None:
    """Return the bytes as text in the charset they seem to be in; None where they are no text."""
    for mark, codec in _WIDE_MARKS.items():
        if data.startswith(mark):
            return scrub_text(data[len(mark) :].decode(codec, "replace"))
    if b"\x00" in data:
        return None
    return scrub_text(decode(data))


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(TEXT_BYTES + 1)
    except FileNotFoundError:
        raise _gone() from None


def _not_shown(reason: str) -> Invalid:
    return Invalid(
        "The file cannot be shown here: download it to open it.", code="file.not_shown", why=reason
    )


def _gone() -> NotFound:
    return NotFound("The bytes of this file are gone.")
