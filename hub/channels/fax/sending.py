"""An answer → pages → a mail to the gateway, which faxes them and reports by mail."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.channels.base import Door, EntryPoint
from hub.channels.mailbox.way_out import WayOut, outcome_of
from hub.contacts.effects import Outcome, Permanent, Send
from hub.vendors.mail.model import Address
from hub.vendors.mail.render import Draft, OutFile, render_mail
from hub.vendors.mail.smtp import SmtpFate
from hub.vendors.mail.tokens import ConversationTokens

from . import service
from .failures import HANDED_OVER, told
from .pages import Composed, ComposeFile, Cover, PageMaker, PagesFailed
from .service import Job, NewJob
from .settings import FaxSettings, NumberForm


async def send_fax(
    door: Door,
    point: EntryPoint,
    settings: FaxSettings,
    way_out: WayOut,
    tokens: ConversationTokens,
    pages: PageMaker,
    send: Send,
) -> Outcome:
    """Hand one fax to the gateway. Sent means handed over; its result mail says delivered or
    failed."""
    number = number_of(send)
    try:
        composed = await compose_fax(door, point, settings, pages, send)
    except PagesFailed as failure:
        return Permanent(str(failure))
    job = await door.store.write(
        service.keep_job,
        NewJob(
            send.interaction_id,
            send.conversation_id,
            point.id,
            number.strip("+")[:40],
            composed.pages,
        ),
    )
    draft = _draft(door, point, settings, tokens, send, job, number, composed.pdf)
    gateway = draft.to[0].email
    own = draft.sender.email
    result = await way_out.send(own, (gateway,), render_mail(draft))
    if result.fate is SmtpFate.SENT and result.refused:
        return Permanent(told("fax_refused", gateway))
    return outcome_of(result, draft.message_id, told(HANDED_OVER, str(composed.pages)))


def number_of(send: Send) -> str:
    """Return the number an answer goes to, its digits with the plus; stars where it is only looked
    at by somebody from whom numbers are hidden.
    """
    return re.sub(r"[^\d+*]", "", send.to[0]) if send.to else ""


async def compose_fax(
    door: Door,
    point: EntryPoint,
    settings: FaxSettings,
    pages: PageMaker,
    send: Send,
    patience_s: float | None = None,
) -> Composed:
    """Return an answer as the PDF that is faxed. Raises PagesFailed, and PagesBusy where no place
    became free within `patience_s`.
    """
    number = number_of(send)
    if len(number.strip("+")) < 5:
        raise PagesFailed(told("fax_no_number"))
    files = [
        ComposeFile(
            path=str(door.blobs.path(file.blob_id)), name=file.name, media_type=file.media_type
        )
        for file in send.files
    ]
    today = day_of(door.clock.now(), settings)
    header = [
        f"{point.display_name}  {settings.station or point.address}",
        f"-> {number}  {today}",
    ]
    cover = _cover(point, settings, number, today, send.language) if settings.cover else None
    return await pages.compose(header, send.text, files, settings.font, cover, patience_s)


def day_of(now: datetime, settings: FaxSettings) -> str:
    """Return the day where the fax number is, as all pages of an answer write it."""
    return f"{now.astimezone(ZoneInfo(settings.time_zone)):%Y-%m-%d}"


_COVER = {
    "en": ("Fax", "To", "From", "Date", "Pages"),
    "zh": ("传真", "收件方", "发件方", "日期", "页数"),
}


def _cover(
    point: EntryPoint, settings: FaxSettings, number: str, today: str, language: str | None
) -> Cover:
    """Return the head of the first page, in the customer's language if it is one of ours."""
    stem = (language or point.language).partition("-")[0].lower()
    title, to, sender, date, pages = _COVER.get(stem, _COVER["en"])
    return Cover(
        title=title,
        rows=(
            (to, number),
            (sender, point.display_name, settings.station or point.address),
            (date, today),
        ),
        pages=pages,
    )


def _draft(
    door: Door,
    point: EntryPoint,
    settings: FaxSettings,
    tokens: ConversationTokens,
    send: Send,
    job: Job,
    number: str,
    pdf: bytes,
) -> Draft:
    own = settings.mail_address or point.address
    message_id = send.external_id or tokens.message_id(
        send.conversation_id, send.interaction_id, own.rpartition("@")[2] or "hub.invalid"
    )
    gateway = settings.reply_to.replace("{number}", dialled(number, settings))
    return Draft(
        sender=Address(own, point.display_name),
        to=(Address(gateway),),
        subject=f"[Fax {job.tag}]",
        text="",
        message_id=message_id,
        date=door.clock.now(),
        files=(OutFile(f"fax-{job.tag}.pdf", "application/pdf", pdf),),
    )


def dialled(number: str, settings: FaxSettings) -> str:
    """Return a number in the form the gateway wants; `number` with its plus is international."""
    digits = number.strip("+")
    if settings.number_form is NumberForm.E164:
        return f"+{digits}"
    if settings.number_form is NumberForm.DOUBLE_ZERO:
        return f"00{digits}"
    if settings.number_form is NumberForm.NATIONAL and settings.country_code:
        own = settings.country_code.strip("+")
        return f"0{digits.removeprefix(own)}" if digits.startswith(own) else f"00{digits}"
    return digits
