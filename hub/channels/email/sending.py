"""An answer or an acknowledgement → a mail on the wire, and what became of it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.channels.base import Door, EntryPoint
from hub.channels.mailbox.way_out import WayOut, outcome_of
from hub.contacts.effects import EffectFile, Outcome, Permanent, Send
from hub.contacts.model import InteractionKind
from hub.contacts.signatures import choose_signature, is_signed
from hub.contacts.templates.filling import Changed, at_point, say
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.usual import CHAT_RETURN, UNSUBSCRIBE
from hub.core.errors import NotFound
from hub.vendors.mail.model import Address
from hub.vendors.mail.outlook import thread_index
from hub.vendors.mail.quotes import strip_reply_prefixes
from hub.vendors.mail.render import Draft, OutFile, Quotation, render_mail
from hub.vendors.mail.sanitise import html_of_text
from hub.vendors.mail.smtp import SmtpFate, SmtpResult
from hub.vendors.mail.templates import attribution
from hub.vendors.mail.tokens import ConversationTokens

from .settings import EmailSettings

_LAST = 2**31 - 1
_QUOTED_CHARACTERS = 20_000


async def send_mail(
    door: Door,
    point: EntryPoint,
    settings: EmailSettings,
    way_out: WayOut,
    tokens: ConversationTokens,
    send: Send,
    base_url: str = "",
) -> Outcome:
    """Render and send one mail. The Message-ID is the same at every try of the same interaction.

    `base_url`: where customers reach the hub, for the links to its public pages.
    """
    files: list[OutFile] = []
    for file in send.files:
        try:
            files.append(await _load(door, file))
        except NotFound:
            return Permanent(f"The file {file.name} is gone: attach it again.")
    domain = point.address.rpartition("@")[2]
    message_id = send.external_id or tokens.message_id(
        send.conversation_id, send.interaction_id, domain
    )
    quotation = None
    if settings.quote_history and not send.automatic and not send.aside:
        quotation = await _quotation(door, point, settings, send)
    signature = _signature(send, settings, point.language)
    if signature and is_signed(send.text, signature):
        signature = ""
    leave = _link(base_url, "u", send.opt_out)
    linked = bool(leave or send.back)
    changed: Changed = {}
    if linked:
        changed = at_point(await door.store.read(changed_templates, None), point.id)
    text = send.text
    if send.survey is not None:
        if not base_url:
            return Permanent("The setting `public_base_url` is missing: there is no link to send.")
        text = f"{text}\n\n{_link(base_url, 's', send.survey)}"
    back, markup = _back(changed, base_url, send, point.language), send.html
    if back and not send.survey:
        text = f"{text}\n\n{back}"
        markup = markup and f"{markup}<p>{html_of_text(back)}</p>"
    language = send.language or point.language
    footer = say(changed, UNSUBSCRIBE, language, link=leave).body if leave else ""
    tagged = (
        tokens.plus_address(point.address, send.conversation_id)
        if settings.plus_addressing and send.conversation_id
        else point.address
    )
    draft = Draft(
        sender=Address(point.address, _from_name(point, send)),
        to=tuple(Address(item) for item in send.to),
        cc=tuple(Address(item) for item in send.cc),
        reply_to=Address(tagged, point.display_name) if settings.plus_addressing else None,
        subject=subject_of(send),
        text=_signed(f"{text}\n\n{footer}" if footer else text, signature),
        html=markup and _signed_html(markup + _footer_html(footer), signature),
        message_id=message_id,
        date=door.clock.now(),
        in_reply_to=send.in_reply_to,
        references=send.references,
        files=tuple(files),
        quotation=quotation,
        automatic=send.automatic,
        language=send.language,
        extra_headers=(
            *(list_unsubscribe(leave) if leave else ()),
            *_outlook(send, door.clock.now()),
        ),
    )
    # Files are encoded line by line: a quarter of a second for 18 MiB.
    raw = await asyncio.to_thread(render_mail, draft) if files else render_mail(draft)
    recipients = send.only or (*send.to, *send.cc, *send.bcc)
    result = await _submit(
        way_out,
        tagged,
        recipients,
        raw,
        automatic=send.automatic and not send.bounces,
    )
    return outcome_of(result, message_id, recipients=recipients)


def _link(base_url: str, page: str, token: str | None) -> str:
    """Return the address of a public page of ours: "u" to say stop, "s" to say how it was; ""
    where none is needed, or nobody knows where customers reach the hub.
    """
    if not base_url or token is None:
        return ""
    return f"{base_url.rstrip('/')}/{page}/{token}"


def _back(changed: Changed, base_url: str, send: Send, language: str) -> str:
    """Return the line by which the customer goes on in the chat, "" where there is no way."""
    if send.back is None or not base_url:
        return ""
    link = f"{base_url.rstrip('/')}/{send.back}"
    return say(changed, CHAT_RETURN, send.language or language, link=link).body


def list_unsubscribe(link: str) -> tuple[tuple[str, str], ...]:
    """Return the headers by which mail programs show a button for it (RFC 2369, RFC 8058)."""
    return (
        ("List-Unsubscribe", f"<{link}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def _outlook(send: Send, now: datetime) -> tuple[tuple[str, str], ...]:
    """Return the headers by which Outlook keeps the conversation together."""
    if not send.conversation_id:
        return ()
    return (
        ("Thread-Topic", strip_reply_prefixes(send.subject or "")),
        ("Thread-Index", thread_index(_thread_of(send), now, send.thread_index)),
    )


def _thread_of(send: Send) -> str:
    """An aside is a thread of its own: it is not to be put with the customer's."""
    return f"aside:{send.conversation_id}" if send.aside else send.conversation_id


def _footer_html(footer: str) -> str:
    return f"<p>{html_of_text(footer)}</p>" if footer else ""


async def _submit(
    way_out: WayOut, own: str, recipients: tuple[str, ...], raw: bytes, *, automatic: bool
) -> SmtpResult:
    if not automatic:
        return await way_out.send(own, recipients, raw)
    # RFC 3834 §3.3: nothing bounces back. Some submission servers refuse the null path: then our
    # own.
    result = await way_out.send("", recipients, raw)
    if result.sender_refused and result.fate is SmtpFate.PERMANENT:
        return await way_out.send(own, recipients, raw)
    return result


def subject_of(send: Send) -> str:
    """Return the subject: "Re: " once before that of the thread, whatever stood there."""
    subject = send.subject or ""
    if send.automatic or not send.in_reply_to:
        return subject
    return f"Re: {strip_reply_prefixes(subject)}".rstrip()


def _from_name(point: EntryPoint, send: Send) -> str:
    if send.automatic or not send.author_name or send.author_name == point.display_name:
        return point.display_name
    return f"{send.author_name} ({point.display_name})"


def _signature(send: Send, settings: EmailSettings, language: str) -> str:
    """Return the one that came with it, else the entry point's in the customer's language or in its
    own; "" where there is none.
    """
    if send.automatic:
        return ""
    if send.signature is not None:
        return send.signature
    chosen = choose_signature([settings.signature], (send.language or language, language))
    return chosen.text if chosen else ""


def _signed(text: str, signature: str) -> str:
    return f"{text}\n\n-- \n{signature}" if signature else text


def _signed_html(html: str, signature: str) -> str:
    return f"{html}<p>-- <br>{html_of_text(signature)}</p>" if signature else html


async def _quotation(
    door: Door, point: EntryPoint, settings: EmailSettings, send: Send
) -> Quotation | None:
    """Return the customer's latest message of the conversation, to stand below the answer."""
    entries = await door.history_before(send.conversation_id, _LAST)
    for entry in reversed(entries):
        if entry.direction == "in" and entry.kind is InteractionKind.MESSAGE and entry.text.strip():
            local: datetime = entry.at.astimezone(ZoneInfo(settings.time_zone))
            author = entry.author_name or send.to[0]
            line = attribution(send.language or point.language, local, author)
            return Quotation(line, entry.text[:_QUOTED_CHARACTERS])
    return None


async def _load(door: Door, file: EffectFile) -> OutFile:
    data = await door.blobs.get(file.blob_id)
    return OutFile(file.name, file.media_type, data, file.content_id)
