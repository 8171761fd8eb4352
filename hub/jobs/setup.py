"""The job `apply`: the business set-up, checked with each channel's own rules and put in force."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from hub.channels.email.settings import check_settings as check_email
from hub.channels.fax.settings import check_settings as check_fax
from hub.channels.phone.settings import parse_settings as check_phone
from hub.channels.webchat.settings import WebChatSettings
from hub.contacts.model import Channel
from hub.core.errors import Invalid
from hub.setup import ApplySetup, Changes, Setup, apply_setup, check_setup
from hub.storage import Store


class SetupText(Struct, frozen=True):
    """The text of a set-up file. `dry_run`: say what would change, and change nothing."""

    text: str
    dry_run: bool = False


def read_setup(text: str) -> Setup:
    """Return the checked set-up. Raises BadSetup with every problem found."""
    return check_setup(text, _CHECKS)


async def apply_text(store: Store, asked: SetupText) -> Changes:
    """Put the set-up in force and return what changed; the same again changes nothing."""
    setup = read_setup(asked.text)
    return await store.write(apply_setup, ApplySetup(setup, asked.dry_run))


def _check_webchat(key: str, written: Mapping[str, object]) -> WebChatSettings:
    try:
        return msgspec.convert(dict(written), WebChatSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}: {error}") from None


_CHECKS = {
    Channel.EMAIL.value: check_email,
    Channel.FAX.value: check_fax,
    Channel.PHONE.value: check_phone,
    Channel.WEBCHAT.value: _check_webchat,
}
