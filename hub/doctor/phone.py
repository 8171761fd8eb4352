"""The phone account, of hub.toml or connected in the pages, and where its numbers lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from hub.contacts.model import Channel
from hub.contacts.outages.service import Outage, find_outage
from hub.contacts.outages.tables import provider_outages
from hub.core.errors import HubError
from hub.core.findings import Finding, fault, warning
from hub.settings import Settings, Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.phone_account import Carried, PhoneAccounts, find_lines, read_account
from hub.storage import Tx
from hub.vendors.twilio.check import check_account, check_phone_lines
from hub.vendors.twilio.numbers import PhoneLine

from .database import read_there


class _Known(NamedTuple):
    accounts: PhoneAccounts
    lines: Sequence[PhoneLine]
    outage: Outage | None


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
    if known is not None and known.outage is not None:
        since = f"{known.outage.since:%Y-%m-%d %H:%M} UTC"
        what = f"the provider has not answered the hub since {since}"
        mend = "look at its status page and at the network; the hub goes on by itself"
        facts = {"since": known.outage.since.isoformat(), "reason": known.outage.reason}
        yield warning("phone", f"{what} ({known.outage.reason})", mend, "phone.away", **facts)
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
        return read_there(settings, _known, provider_outages)
    except SQLAlchemyError:
        return None


def _known(tx: Tx, settings: Settings) -> _Known:
    connected = read_account(tx, Sealer(settings.mail_key_path()))
    lines = find_lines(tx, Carried((Channel.PHONE.value,), (Channel.SMS.value,)))
    return _Known(PhoneAccounts(settings.twilio, connected), lines, find_outage(tx, Channel.PHONE))
