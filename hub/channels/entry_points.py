"""How each channel checks its own part of an entry point in the set-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from hub.contacts.model import Channel
from hub.core.errors import Invalid
from hub.setup.reading import read_as

from .cti.settings import PbxSettings, check_pbx
from .email.settings import EmailSettings
from .email.settings import check_settings as check_email
from .fax.settings import FaxSettings
from .fax.settings import check_settings as check_fax
from .phone.settings import PhoneSettings
from .phone.settings import parse_settings as check_provider
from .sms.settings import SmsSettings
from .sms.settings import check_settings as check_sms
from .webchat.settings import WebChatSettings


class PhonePoint(PhoneSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone entry point: of the telephony provider, or, where `pbx` has a profile, of a PBX."""

    pbx: PbxSettings = PbxSettings()


Check = Callable[[str, Mapping[str, object]], object]


def _check_webchat(key: str, written: Mapping[str, object]) -> WebChatSettings:
    try:
        return msgspec.convert(dict(written), WebChatSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from None


def _check_phone(key: str, written: Mapping[str, object]) -> PhoneSettings:
    own = {name: value for name, value in written.items() if name != "pbx"}
    settings = check_provider(key, own)
    try:
        check_pbx(key, msgspec.convert(written.get("pbx") or {}, PbxSettings))
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: pbx: {error}", code="phone.settings") from None
    return settings


SETTINGS_TYPES: Mapping[str, type[msgspec.Struct]] = {
    Channel.WEBCHAT.value: WebChatSettings,
    Channel.EMAIL.value: EmailSettings,
    Channel.PHONE.value: PhonePoint,
    Channel.FAX.value: FaxSettings,
    Channel.SMS.value: SmsSettings,
}
"""By channel, in the order in which a new entry point is offered: what its form is made from."""

_CHECKS: Mapping[str, Check] = {
    Channel.EMAIL.value: check_email,
    Channel.FAX.value: check_fax,
    Channel.SMS.value: check_sms,
    Channel.PHONE.value: _check_phone,
    Channel.WEBCHAT.value: _check_webchat,
}


def _by_place(kind: type[msgspec.Struct], check: Check) -> Check:
    """Return `check`, whose refusal says where in the settings each thing stands that is wrong."""

    def checked(key: str, written: Mapping[str, object]) -> object:
        try:
            return check(key, written)
        except Invalid as problem:
            read = read_as(dict(written), kind)
            if not isinstance(read, list):
                raise
            raise Invalid(problem.message, code=problem.reason, faults=read) from None

    return checked


SETTINGS_CHECKS: Mapping[str, Check] = {
    channel: _by_place(SETTINGS_TYPES[channel], check) for channel, check in _CHECKS.items()
}
"""By channel: (entry point, its settings), raises Invalid. For `hub apply` and for the pages."""
