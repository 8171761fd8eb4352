"""What a fax says, found after it was accepted: previews, a PDF, its words, who sent it.

A hostile document costs its own reading only: the gateway's mail is durable and filed by then, and
answers are made elsewhere. Repeated after a crash; the first report stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hub.channels.base import Door, EntryPoint
from hub.contacts.effects import Done, Outcome, ReadFile, ReadPages, Transient
from hub.contacts.inbound import (
    PAGE_PREFIX,
    PAGED,
    BeingRead,
    Belongs,
    FileRead,
    IdentityKind,
    InboundFile,
    PagesRead,
    SenderIdentity,
)
from hub.core.errors import NotFound
from hub.vendors.mail.files import clean_file_name
from hub.vendors.mail.language import guess_language

from .failures import told
from .pages import PageMaker, Pages
from .reading import number_in_text
from .recognising import LaterPages, PagesBusy, by_page
from .settings import FaxSettings, QueueWords

_MAX_TEXT = 50_000
_PATIENCE_S = 8.0  # with the reading itself, well within what an effect may take
_LATER_S = 5.0
_NEXT_TURN_S = 10.0
_HAN = "\u2e80"  # from here on: letters of words that nothing parts
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}-\U0003ffff]) | (?=[{_HAN}-\U0003ffff])")


async def show_fax(
    door: Door,
    point: EntryPoint,
    settings: FaxSettings,
    maker: PageMaker,
    effect: ReadFile,
) -> Outcome:
    """Read one fax and report what is in it; later, while others take every place. The words of
    pages behind the first ones are asked for then, as an effect of their own.
    """
    progress = BeingRead(point.id, effect.interaction_id)

    async def tell(page: int, of: int) -> None:
        await door.report(replace(progress, page=page, of=of))

    if maker.before:
        await door.report(replace(progress, before=maker.before))
    try:
        document = await door.blobs.get(effect.file.blob_id)
        at_once = min(settings.read_first, settings.read_at_most)
        pages = await maker.read(document, patience_s=_PATIENCE_S, words_of=at_once, progress=tell)
    except PagesBusy:
        return Transient("Other faxes are being read.", _LATER_S)
    except NotFound:
        pages = Pages(error=told("fax_gone"))
    text = pages.text[:_MAX_TEXT]
    number = number_in_text(text)
    count = 0 if pages.error else len(pages.images)  # how many there are, if that is known
    await door.report(
        FileRead(
            entry_point_id=point.id,
            interaction_id=effect.interaction_id,
            text=text or without_text(point.language, count or None),
            files=await _keep_pages(door, effect, pages),
            language=guess_language(text),
            sender=None if number is None else SenderIdentity(IdentityKind.FAX, number),
            belongs=belongs_to(settings.by_words, text),
            words_to=pages.read or 0,
            words_of=_to_be_read(pages, settings),
            meta={
                **({"pages": count} if count else {}),
                **({"no_preview": pages.error} if pages.error else {}),
            },
        )
    )
    return Done()


def _to_be_read(pages: Pages, settings: FaxSettings) -> int:
    """Return of how many pages words are to be had; 0 where words are not read."""
    return 0 if pages.read is None else min(len(pages.images), settings.read_at_most)


async def read_on(door: Door, point: EntryPoint, lane: LaterPages, effect: ReadPages) -> Outcome:
    """Read the words of some further pages and report them; what is left is asked for then."""
    pages = [partial(_page, door, file.blob_id) for file in effect.files]
    try:
        texts = await lane.read(pages)
    except PagesBusy:
        return Transient("Other faxes are being read.", _NEXT_TURN_S)
    last = effect.page + len(texts) - 1
    await door.report(
        PagesRead(
            entry_point_id=point.id,
            interaction_id=effect.interaction_id,
            first=effect.page,
            last=last,
            text=by_page(texts, effect.page),
        )
    )
    return Done()


async def _page(door: Door, blob_id: str) -> bytes | None:
    try:
        return await door.blobs.get(blob_id)
    except NotFound:
        return None


async def _keep_pages(door: Door, effect: ReadFile, pages: Pages) -> tuple[InboundFile, ...]:
    """Store the document as PDF, then its pages."""
    kept: list[InboundFile] = []
    if pages.pdf is not None:
        stem = effect.file.name.rpartition(".")[0] or effect.file.name
        kept.append(await keep_file(door, f"{stem}.pdf", "application/pdf", pages.pdf, PAGED))
    for index, image in enumerate(pages.images, start=1):
        name = clean_file_name(f"page-{index:04}.png", "image/png", index)
        kept.append(await keep_file(door, name, "image/png", image, f"{PAGE_PREFIX}{index}"))
    return tuple(kept)


async def keep_file(
    door: Door, name: str, media_type: str, data: bytes, content_id: str | None = None
) -> InboundFile:
    """Make a file durable."""
    blob = await door.blobs.put(data)
    return InboundFile(blob.id, name, media_type[:120], blob.size_bytes, content_id)


def belongs_to(by_words: Sequence[QueueWords], text: str) -> Belongs | None:
    """Return the queue whose words stand in a text: the first listed, however well others fit.

    Capitals do not matter, nor blanks beside Chinese letters: what is read of pages has them there.
    """
    read = _plain(text)
    for rule in by_words:
        for word in rule.words:
            if _begins_in(read, _plain(word)):
                return Belongs(rule.queue, word)
    return None


def _plain(text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return _BESIDE_HAN.sub("", plain)


def _begins_in(text: str, word: str) -> bool:
    """Say whether a word stands in a text, or begins one there: "invoice" in "invoices", and "rent"
    not in "parents". Between Chinese letters every place is a beginning.
    """
    at = text.find(word) if word else -1
    while at > 0 and _is_letter(word[0]) and _is_letter(text[at - 1]):
        at = text.find(word, at + 1)
    return at >= 0


def _is_letter(character: str) -> bool:
    return character < _HAN and character.isalnum()


def without_text(language: str, pages: int | None) -> str:
    """Return what stands for the words of a fax that has none, or none yet."""
    if language.startswith("zh"):
        return f"传真，{pages} 页" if pages else "传真"
    return f"Fax, {pages} {'page' if pages == 1 else 'pages'}" if pages else "Fax"
