"""What can be set for one number that texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.core.errors import Invalid

Word = Annotated[str, Meta(min_length=1, max_length=40)]
Words = Annotated[tuple[Word, ...], Meta(max_length=40)]
Reply = Annotated[str, Meta(max_length=320)]

STOP_WORDS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
# Not 取消 ("cancel"): it answers "shall we cancel the visit?", too.
NO_SELLING_WORDS = ("退订", "退訂", "取消订阅", "取消訂閱", "拒收", "TD", "T")
START_WORDS = ("START", "YES", "UNSTOP", "恢复", "订阅")
CONFIRMATION = {
    "zh-CN": "您已退订，不会再收到营销短信。",
    "en": "You will get no more marketing texts from us.",
}


class SmsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number.

    `stop_words`: those that the provider keeps itself: nothing reaches the number any more.
    `no_selling_words`: nothing is sold to the number any more; they are confirmed once, by
    `confirmation` (language -> text), unless `confirms` is off. `start_words`: of a number that
    has said stop. `parts_per_second`: what the provider sends from this number (a long code in
    North America: 1).
    """

    stop_words: Words = STOP_WORDS
    no_selling_words: Words = NO_SELLING_WORDS
    start_words: Words = START_WORDS
    confirms: bool = True
    confirmation: Mapping[str, Reply] = msgspec.field(default_factory=lambda: dict(CONFIRMATION))
    parts_per_second: Annotated[float, Meta(gt=0, le=100)] = 1.0


def check_settings(key: str, written: Mapping[str, object]) -> SmsSettings:
    """Return the settings of entry point `key`. Raises Invalid naming what is wrong."""
    try:
        return msgspec.convert(dict(written), SmsSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from None
