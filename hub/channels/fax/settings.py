"""Settings of one fax number in the business set-up."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hub.core.errors import Invalid

from .profiles import BY_KEY
from .recognising import FIRST_PAGES
from .words import GatewayWords, Phrase

MAX_PAGES = 200  # as many as are ever shown (page_maker.py)


class NumberForm(StrEnum):
    """How the gateway wants the number in an address."""

    DIGITS = "digits"  # 862161234567
    E164 = "e164"  # +862161234567
    DOUBLE_ZERO = "00"  # 00862161234567
    NATIONAL = "national"  # 02161234567


class QueueWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fax on whose pages any of `words` stands belongs to `queue`."""

    queue: Annotated[str, msgspec.Meta(min_length=1, max_length=64, extra={"of": "queue"})]
    words: Annotated[tuple[Phrase, ...], msgspec.Meta(min_length=1, max_length=50)]


class FaxSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fax number.

    `gateway`: a profile of profiles.py, "" to recognise it from each mail; `mail_address`: where
    the gateway sends what it received; `gateway_senders`: its addresses or domains, () for anybody;
    `reply_to`: the address that faxes, with `{number}`, "" if this number only receives;
    `country_code`: digits, for `number_form = "national"` and to read numbers; `font`: a font file
    for text pages, "" to look for one; `ocr`: the words of pages are read, those of the
    `read_first` pages at once (queue and sender are known by them), those of the others, up to page
    `read_at_most`, by and by; `cover`: the first page of an answer names who writes to whom, when,
    how many pages; `by_words`: to which queue a fax goes by its words, the first that fits;
    `words`: what the gateway's mails say, where no profile knows it.
    """

    gateway: str = ""
    mail_address: str = ""
    gateway_senders: tuple[str, ...] = ()
    reply_to: str = ""
    number_form: NumberForm = NumberForm.DIGITS
    country_code: str = ""
    station: str = ""
    time_zone: str = "UTC"
    font: str = ""
    ocr: bool = True
    read_first: Annotated[int, msgspec.Meta(ge=1, le=20)] = FIRST_PAGES
    read_at_most: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGES)] = MAX_PAGES
    cover: bool = False
    by_words: Annotated[tuple[QueueWords, ...], msgspec.Meta(max_length=50)] = ()
    words: GatewayWords = GatewayWords()


def check_settings(key: str, written: Mapping[str, object]) -> FaxSettings:
    """Return the settings of entry point `key`. Raises Invalid naming what is wrong."""
    try:
        settings = msgspec.convert(written, FaxSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from error
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(
            f"{key}: time_zone {settings.time_zone!r} is no zone, e.g. Asia/Shanghai"
        ) from None
    if settings.reply_to and "{number}" not in settings.reply_to:
        raise Invalid(f"{key}: reply_to needs {{number}} where the fax number goes")
    if settings.gateway and settings.gateway not in BY_KEY:
        raise Invalid(f"{key}: gateway {settings.gateway!r} is none of {', '.join(BY_KEY)}")
    return settings
