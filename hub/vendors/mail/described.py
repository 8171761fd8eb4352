"""What the hub reads in a mail, as one value for the outside (`hub email parse`). Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .automail import AutoKind, Judgement, judge
from .model import Address, Limits, ParsedMail, Protection, Refusal, RefusalCode
from .opened import open_mail
from .parse import DEFAULT_LIMITS

_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "x-mailing-list", "mailing-list")


class DescribedAddress(msgspec.Struct, frozen=True):
    """A mailbox; `name` is null where the mail gives none."""

    address: str
    name: str | None


class DescribedFlags(msgspec.Struct, frozen=True):
    """`auto`: no person wrote it; `bounce`, `ooo` (out of office) say which; `list`: by a list."""

    auto: bool
    bounce: bool
    list: bool
    ooo: bool


class DescribedFile(msgspec.Struct, frozen=True):
    """An attachment or inline part; `size` in bytes, decoded; `type` by content."""

    name: str
    type: str
    size: int
    content_id: str | None


class DescribedRefusal(msgspec.Struct, frozen=True):
    """Why a mail cannot be read."""

    code: RefusalCode
    reason: str


class DescribedMail(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """One mail. Of a refused one every other value is empty."""

    source: str
    refused: DescribedRefusal | None = None
    sender: DescribedAddress | None = None
    to: tuple[DescribedAddress, ...] = ()
    cc: tuple[DescribedAddress, ...] = ()
    reply_to: tuple[DescribedAddress, ...] = ()
    subject: str = ""
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    flags: DescribedFlags = DescribedFlags(False, False, False, False)
    text: str = ""
    html: str | None = None
    reply_text: str = ""
    attachments: tuple[DescribedFile, ...] = ()
    protection: Protection | None = None
    defects: tuple[str, ...] = ()


def describe_mail(raw: bytes, source: str, limits: Limits = DEFAULT_LIMITS) -> DescribedMail:
    """Return what the mail in `raw` says, or why it cannot be read; `source` names it."""
    opened = open_mail(raw, limits)
    if isinstance(opened, Refusal):
        return DescribedMail(source=source, refused=DescribedRefusal(opened.code, opened.reason))
    mail = opened.mail
    return DescribedMail(
        source=source,
        sender=_address(mail.sender),
        to=tuple(map(_address, mail.to)),
        cc=tuple(map(_address, mail.cc)),
        reply_to=tuple(map(_address, mail.reply_to)),
        subject=mail.subject,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        date=mail.sent_at,
        flags=_flags(mail, judge(mail)),
        text=mail.text,
        html=mail.html,
        reply_text=opened.folded.text,
        attachments=tuple(
            DescribedFile(file.name, file.media_type, len(file.data), file.content_id)
            for file in mail.files
        ),
        protection=mail.protection,
        defects=mail.defects,
    )


def _address(address: Address) -> DescribedAddress:
    return DescribedAddress(address.email, address.name)


def _flags(mail: ParsedMail, judgement: Judgement) -> DescribedFlags:
    kind = judgement.kind
    listed = kind is AutoKind.LIST or any(mail.header(name) is not None for name in _LIST_FIELDS)
    return DescribedFlags(
        auto=kind not in (AutoKind.PERSONAL, AutoKind.LIST),
        bounce=kind is AutoKind.BOUNCE,
        list=listed,
        ooo=kind is AutoKind.OUT_OF_OFFICE,
    )
