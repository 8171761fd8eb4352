"""How each channel checks its own part of an entry point in the set-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from hub.contacts.model import Channel
from hub.core.errors import Invalid

from .email.settings import EmailSettings
from .email.settings import check_settings as check_email
from .fax.settings import FaxSettings
from .fax.settings import check_settings as check_fax
from .phone.settings import PhoneSettings
from .phone.settings import parse_settings as check_phone
from .webchat.settings import WebChatSettings


def _check_webchat(key: str, written: Mapping[str, object]) -> WebChatSettings:
    try:
        return msgspec.convert(dict(written), WebChatSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from None


SETTINGS_CHECKS: Mapping[str, Callable[[str, Mapping[str, object]], object]] = {
    Channel.EMAIL.value: check_email,
    Channel.FAX.value: check_fax,
    Channel.PHONE.value: check_phone,
    Channel.WEBCHAT.value: _check_webchat,
}
"""By channel: (entry point, its settings), raises Invalid. For `hub apply` and for the pages."""

SETTINGS_TYPES: Mapping[str, type[msgspec.Struct]] = {
    Channel.WEBCHAT.value: WebChatSettings,
    Channel.EMAIL.value: EmailSettings,
    Channel.PHONE.value: PhoneSettings,
    Channel.FAX.value: FaxSettings,
}
"""By channel, in the order in which a new entry point is offered: what its form is made from."""
