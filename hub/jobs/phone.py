"""The jobs about the phone account: look at it and at its numbers, point the numbers here."""

from __future__ import annotations

import asyncio
import re

from msgspec import Struct

from hub.accounts.model import SYSTEM
from hub.channels.cti import pbx_of
from hub.channels.phone import PhoneChannel
from hub.channels.phone.settings import parse_settings
from hub.channels.phone.twilio.fallback import fallback_document
from hub.channels.points import read_entry_points
from hub.channels.sms import SmsChannel
from hub.core.errors import Invalid, NotFound
from hub.core.findings import Finding, warning
from hub.settings import Settings, Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.phone_account import Carried, PhoneAccounts, find_lines, read_account
from hub.setup.phone_account.service import PointedHere, check_address, note_pointed
from hub.storage import Store
from hub.vendors.twilio.check import check_phone_lines
from hub.vendors.twilio.numbers import PhoneLine, point_here

_CHANNELS = Carried((PhoneChannel.kind.value,), (SmsChannel.kind.value,))
_NUMBER = re.compile(r"^\+[1-9][0-9]{6,14}$")


class CheckPhone(Struct, frozen=True):
    """Of the account in force and of every phone line."""


class PointNumbers(Struct, frozen=True):
    """`entry_points`: whose numbers; none: of all that calls or texts come to."""

    entry_points: list[str]


class WriteFallback(Struct, frozen=True):
    """`number`: to be rung instead of taking a message, in E.164; "": none."""

    entry_point: str
    number: str = ""


class Fallback(Struct, frozen=True):
    """The document for who answers calls while the hub cannot."""

    document: str


class PhoneStep(Struct, frozen=True):
    """`before`: where calls went that come here now; "": nothing was changed, or nowhere."""

    verdict: str
    what: str
    mend: str
    code: str
    before: str = ""


class PhoneSteps(Struct, frozen=True):
    steps: list[PhoneStep]


async def check_phone_account(store: Store, settings: Settings, _: CheckPhone) -> PhoneSteps:
    """Return every step of a check, as the page of a phone line shows them."""
    accounts = await _accounts(store, settings)
    if accounts.is_locked:
        what = "the secrets of the phone account were sealed with a key that is not here"
        mend = "bring the key file back (mail.key_file), or type them anew on its page"
        return PhoneSteps([_step(warning("phone", what, mend, "phone.locked"))])
    lines = await store.read(find_lines, _CHANNELS)
    base_url = settings.server.base_url()
    found = await asyncio.to_thread(
        lambda: list(check_phone_lines(accounts.current(), base_url, lines))
    )
    return PhoneSteps([_step(one) for one in found])


async def point_numbers(store: Store, settings: Settings, asked: PointNumbers) -> PhoneSteps:
    """Point the numbers here and return what came of each. Raises NotFound, NoPublicAddress."""
    twilio = _account(await _accounts(store, settings))
    base_url = settings.server.base_url()
    check_address(twilio, base_url)
    lines = _asked_for(await store.read(find_lines, _CHANNELS), asked.entry_points)
    done = await asyncio.to_thread(lambda: list(point_here(twilio, base_url, lines)))
    written = [(one.line, one.before) for one in done if one.written]
    if written:
        await store.write(note_pointed, PointedHere(written, SYSTEM))
    return PhoneSteps([_step(one.found, one.before) for one in done])


async def write_fallback(store: Store, asked: WriteFallback) -> Fallback:
    """Return what to host elsewhere for an entry point. Raises NotFound, Invalid for a number."""
    if asked.number and not _NUMBER.match(asked.number):
        raise Invalid(f"{asked.number!r} is no number in E.164, like +862155501000.")
    points = {
        point.id: point
        for point in await store.read(read_entry_points, None)
        if point.channel is PhoneChannel.kind and pbx_of(point.settings) is None
    }
    if asked.entry_point not in points:
        there = ", ".join(points) or "none"
        raise NotFound(
            f"{asked.entry_point} is no line of the phone account. Those there are: {there}."
        )
    point = points[asked.entry_point]
    written = {name: value for name, value in point.settings.items() if name != "pbx"}
    settings = parse_settings(point.id, written)
    return Fallback(fallback_document(point, settings, asked.number))


async def _accounts(store: Store, settings: Settings) -> PhoneAccounts:
    connected = await store.read(read_account, Sealer(settings.mail_key_path()))
    return PhoneAccounts(settings.twilio, connected)


def _account(accounts: PhoneAccounts) -> Twilio:
    twilio = accounts.current()
    if not twilio.account_sid:
        raise NotFound(
            "No phone account is connected: set [twilio] in hub.toml, or connect one on the page of"
            " a phone entry point."
        )
    return twilio


def _asked_for(lines: list[PhoneLine], entry_points: list[str]) -> list[PhoneLine]:
    known = {line.entry_point: line for line in lines}
    for key in entry_points:
        if key not in known:
            there = ", ".join(known) or "none"
            raise NotFound(f"{key} is no entry point for calls or texts. Those there are: {there}.")
    return [known[key] for key in entry_points] if entry_points else lines


def _step(found: Finding, before: str = "") -> PhoneStep:
    return PhoneStep(found.verdict.value, found.what, found.mend, found.code, before)
