"""The phone account, of hub.toml or connected in the pages, and where its numbers lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from hub.contacts.model import Channel
from hub.core.errors import HubError
from hub.core.findings import Finding, fault, warning
from hub.settings import Settings, Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.phone_account import PhoneAccounts, find_lines, read_account
from hub.setup.tables import phone_accounts
from hub.storage import Tx
from hub.vendors.twilio.check import check_account, check_phone_lines
from hub.vendors.twilio.numbers import PhoneLine

from .database import read_there


class _Known(NamedTuple):
    accounts: PhoneAccounts
    lines: Sequence[PhoneLine]


def check_phone(settings: Settings) -> Iterator[Finding]:
    """Sign in to the account that is in force and see where the numbers of phone lines lead.

    Where there is no database yet, only to that of hub.toml: `check_database` says so.
    """
    base_url = settings.server.public_base_url
    try:
        known = _read(settings)
    except HubError as error:
        yield fault("phone", error.message, "bring back the key file (mail.key_file)")
        return
    if known is None:
        yield from check_account(settings.twilio, base_url)
    elif known.accounts.is_locked:
        what = "the secrets of the phone account were sealed with a key that is not here"
        mend = "bring back the key file (mail.key_file), or type them anew on its page"
        yield warning("phone", what, mend, "phone.locked")
    elif known.lines:
        yield from check_phone_lines(known.accounts.current(), base_url, known.lines)
    else:
        yield from check_account(known.accounts.current(), base_url)


def account_in_force(settings: Settings) -> Twilio:
    """Return the account in force, as far as it can be read: else that of hub.toml."""
    try:
        known = _read(settings)
    except HubError:
        return settings.twilio
    return settings.twilio if known is None else known.accounts.current()


def _read(settings: Settings) -> _Known | None:
    try:
        return read_there(settings, _known, phone_accounts)
    except SQLAlchemyError:
        return None


def _known(tx: Tx, settings: Settings) -> _Known:
    connected = read_account(tx, Sealer(settings.mail_key_path()))
    return _Known(PhoneAccounts(settings.twilio, connected), find_lines(tx, (Channel.PHONE.value,)))
