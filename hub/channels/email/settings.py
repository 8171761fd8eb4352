"""Settings of one mail entry point in the business set-up; servers are in hub.settings.Mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from hub.core.errors import Invalid

Texts = dict[str, str]  # language (BCP 47) -> text


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One address of ours.

    `aliases`: further addresses that are this entry point; `plus_addressing`: the mail server takes
    `name+anything@`, so answers and bounces may carry our token there; `trusted_server`: whose
    Authentication-Results we believe (its authserv-id, "" for nobody); `time_zone`: of dates in
    quoted history; `signature`: text below every answer, by language; `acknowledge_limit`: more
    acknowledgements than this in ten minutes stop for half an hour.
    """

    aliases: tuple[str, ...] = ()
    plus_addressing: bool = False
    trusted_server: str = ""
    time_zone: str = "UTC"
    signature: Texts = {}
    quote_history: bool = True
    acknowledge_limit: Annotated[int, msgspec.Meta(ge=1)] = 200


def check_settings(key: str, written: Mapping[str, object]) -> EmailSettings:
    """Return the settings of entry point `key`. Raises Invalid naming what is wrong."""
    try:
        settings = msgspec.convert(written, EmailSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from error
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(
            f"{key}: time_zone {settings.time_zone!r} is no zone, e.g. Asia/Shanghai"
        ) from None
    return settings
