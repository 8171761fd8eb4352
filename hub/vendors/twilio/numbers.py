"""The numbers of an account: where each leads, and pointing them to the hub.

Source: Twilio, "IncomingPhoneNumber resource": a number with a trunk or an application asks that
one, and its own addresses count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from hub.core.findings import Finding, fault, warning, well
from hub.core.hosts import LOOPBACK
from hub.settings import Twilio

from .api import ApiTrouble, ProviderApi

_PAGE = 1000
_PAGES = 10
_URL = 200
_SIGN_IN = re.compile(r"(?<=://)[^/?#]*@")  # of another system: shown and kept nowhere
_METHODS = ("voice_method", "voice_fallback_method", "status_callback_method")
_PATHS = {"voice_url": "voice", "voice_fallback_url": "fallback", "status_callback": "status"}
_TEXTS_URLS = ("sms_url", "sms_fallback_url")  # the provider asks each once
_TEXTS_METHODS = ("sms_method", "sms_fallback_method")
_LEFT = frozenset({"phone.here", "phone.no_voice", "texts.here", "texts.cannot"})
_ELSEWHERE = {"trunk_sid": "TrunkSid", "voice_application_sid": "VoiceApplicationSid"}


class PhoneLine(NamedTuple):
    """An entry point, and its number in E.164. `texts`: its texts come there, not its calls."""

    entry_point: str
    number: str
    texts: bool = False


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number of the account. `asks`: the trunk or application that its calls go to; "": none.

    `texts`: it can text; `texts_to`: where its texts go: an address, an application; "": nowhere.
    """

    sid: str
    number: str
    calls: bool
    texts: bool
    texts_to: str
    asks: str
    settings: Mapping[str, str]


class Pointed(NamedTuple):
    """What came of pointing one number here, and where its calls went before."""

    line: PhoneLine
    found: Finding
    before: str

    @property
    def written(self) -> bool:
        """Whether the provider has it now, and had not before."""
        return self.found.code in ("phone.written", "texts.written")


def can_be_called(twilio: Twilio, base_url: str) -> bool:
    """Say whether the provider can call the hub under this address; a simulator beside it can."""
    return base_url.startswith("https://") or urlsplit(twilio.base_url).hostname in LOOPBACK


def wanted_settings(public_base_url: str, entry_point: str) -> dict[str, str]:
    """Return what a number has to have for its calls to come to an entry point."""
    base = f"{public_base_url.rstrip('/')}/channels/{quote(entry_point, safe='')}"
    wanted = {name: f"{base}/{path}" for name, path in _PATHS.items()}
    return wanted | dict.fromkeys(_METHODS, "POST")


def wanted_for_texts(public_base_url: str, entry_point: str) -> dict[str, str]:
    """Return what a number has to have for its texts to come to an entry point."""
    wanted = dict.fromkeys(_TEXTS_URLS, texts_url(public_base_url, entry_point))
    return wanted | dict.fromkeys(_TEXTS_METHODS, "POST")


def texts_url(public_base_url: str, entry_point: str) -> str:
    """Return the address that texts for an entry point are posted to."""
    return f"{public_base_url.rstrip('/')}/channels/{quote(entry_point, safe='')}/sms"


def list_owned(api: ProviderApi) -> list[OwnedNumber]:
    """Return the numbers of the account, at most ten thousand. Raises ApiTrouble."""
    owned: list[OwnedNumber] = []
    path = f"{api.account_path}/IncomingPhoneNumbers.json?PageSize={_PAGE}"
    for _ in range(_PAGES):
        page = api.ask(path)
        found = page.get("incoming_phone_numbers") or ()
        owned += [_owned(one) for one in found if isinstance(one, dict)]
        path = str(page.get("next_page_uri") or "")
        if not path.startswith(api.account_path):
            break
    return owned


def _owned(one: Mapping[str, Any]) -> OwnedNumber:
    asks = next((str(one[name]) for name in _ELSEWHERE if one.get(name)), "")
    can = one.get("capabilities") or {}
    names = (*_PATHS, *_METHODS, *_TEXTS_URLS, *_TEXTS_METHODS)
    return OwnedNumber(
        sid=str(one.get("sid", "")),
        number=str(one.get("phone_number", "")),
        calls=bool(can.get("voice", True)),
        texts=bool(can.get("sms", True)),
        texts_to=str(one.get("sms_application_sid") or one.get("sms_url") or ""),
        asks=asks,
        settings={name: str(one.get(name) or "") for name in names},
    )


def check_numbers(
    twilio: Twilio, public_base_url: str, lines: Sequence[PhoneLine]
) -> Iterator[Finding]:
    """Say of each line where its calls go, and which numbers lead here that have no line."""
    if all(line.texts for line in lines):
        mend = "add an entry point for the phone, with the number of the account"
        yield warning("phone", "no entry point is a phone line yet", mend, "phone.no_lines")
    try:
        owned = list_owned(ProviderApi(twilio, by_key=False))
    except ApiTrouble as trouble:
        yield _unread(trouble)
        return
    by_number = {one.number: one for one in owned}
    for line in lines:
        yield _look(line, by_number.get(line.number), public_base_url)
    known = {line.number for line in lines if not line.texts}
    here = f"{public_base_url.rstrip('/')}/channels/"
    for one in owned:
        if one.number not in known and not one.asks and one.settings["voice_url"].startswith(here):
            what = f"calls to {one.number} come here, but no entry point has that number"
            mend = "add an entry point for it, or point it elsewhere in the vendor's console"
            yield warning("phone", what, mend, "phone.left_over", number=one.number)


def _look(line: PhoneLine, owned: OwnedNumber | None, public_base_url: str) -> Finding:
    facts = {"number": line.number, "point": line.entry_point}
    if owned is None:
        what = f"the account has no number {line.number} ({line.entry_point})"
        mend = "correct the number of the entry point, or get it in the vendor's console"
        return warning("phone", what, mend, "phone.not_owned", **facts)
    if line.texts:
        return _look_at_texts(line, owned, public_base_url)
    if not owned.calls:
        what = f"{line.number} takes no calls ({line.entry_point})"
        mend = "get a number with voice in the vendor's console"
        return warning("phone", what, mend, "phone.no_voice", **facts)
    wanted = wanted_settings(public_base_url, line.entry_point)
    mend = "point it here: hub phone setup, or the page of the entry point"
    if owned.asks:
        what = f"calls to {line.number} go to {owned.asks}, not to {line.entry_point}"
        return warning("phone", what, mend, "phone.elsewhere", **facts, where=owned.asks)
    if _has(owned, wanted):
        what = f"calls to {line.number} come to {line.entry_point}"
        return well("phone", what, "phone.here", **facts)
    at = _place(owned)
    if at == wanted["voice_url"]:
        what = f"calls to {line.number} come to {line.entry_point}, their news or fallback do not"
        return warning("phone", what, mend, "phone.partly", **facts)
    if not at:
        what = f"calls to {line.number} go nowhere yet ({line.entry_point})"
        return warning("phone", what, mend, "phone.nowhere", **facts)
    what = f"calls to {line.number} go to {at}, not to {line.entry_point}"
    return warning("phone", what, mend, "phone.elsewhere", **facts, where=at)


def _look_at_texts(line: PhoneLine, owned: OwnedNumber, public_base_url: str) -> Finding:
    facts = {"number": line.number, "point": line.entry_point}
    wanted = wanted_for_texts(public_base_url, line.entry_point)
    if not owned.texts:
        what, mend = f"{line.number} cannot text", "take a number that can, or have it enabled"
        return warning("texts", what, mend, "texts.cannot", **facts)
    if comes_by(owned, wanted) and _has(owned, wanted):
        what = f"texts to {line.number} come to {line.entry_point}"
        return well("texts", what, "texts.here", **facts)
    mend = "point it here: hub phone setup, or the page of the entry point"
    at = _place(owned, texts=True)
    if at == wanted["sms_url"]:
        what = f"texts to {line.number} come to {line.entry_point}, not by POST or asked once only"
        return warning("texts", what, mend, "texts.partly", **facts)
    if not at:
        what = f"texts to {line.number} go nowhere yet ({line.entry_point})"
        return warning("texts", what, mend, "texts.nowhere", **facts)
    what = f"texts to {line.number} go to {at}, not to {line.entry_point}"
    return warning("texts", what, mend, "texts.elsewhere", **facts, where=at)


def _has(owned: OwnedNumber, wanted: Mapping[str, str]) -> bool:
    return wanted.items() <= owned.settings.items()


def comes_by(owned: OwnedNumber, wanted: Mapping[str, str]) -> bool:
    """Say whether the texts of a number come to an address of ours in a way that we read."""
    by_post = owned.settings["sms_method"] == wanted["sms_method"]
    return owned.texts_to == wanted["sms_url"] and by_post


def point_here(
    twilio: Twilio, public_base_url: str, lines: Sequence[PhoneLine]
) -> Iterator[Pointed]:
    """Have calls or texts to these numbers come to their entry points; each is written once.
    Blocks.
    """
    api = ProviderApi(twilio, by_key=False)
    try:
        by_number = {one.number: one for one in list_owned(api)}
    except ApiTrouble as trouble:
        yield from (Pointed(line, _unread(trouble), "") for line in lines)
        return
    for line in lines:
        owned = by_number.get(line.number)
        found = _look(line, owned, public_base_url)
        if owned is None or found.code in _LEFT:
            yield Pointed(line, found, "")
            continue
        try:
            path = f"{api.account_path}/IncomingPhoneNumbers/{owned.sid}.json"
            api.ask(path, _form(line, public_base_url, owned))
        except ApiTrouble as trouble:
            what = f"{line.number} was not pointed here: {trouble.reason}"
            mend = "mend what the vendor says, or write the addresses in its console"
            facts = {"number": line.number, "reason": trouble.reason}
            failed = fault("phone", what, mend, "phone.not_written", **facts)
            yield Pointed(line, failed, _place(owned, texts=line.texts))
        else:
            written = _written(line)
            yield Pointed(line, written, _place(owned, texts=line.texts))


def _written(line: PhoneLine) -> Finding:
    facts = {"number": line.number, "point": line.entry_point}
    if line.texts:
        what = f"texts to {line.number} come to {line.entry_point} from now on"
        return well("texts", what, "texts.written", **facts)
    what = f"calls to {line.number} come to {line.entry_point} from now on"
    return well("phone", what, "phone.written", **facts)


def _form(line: PhoneLine, public_base_url: str, owned: OwnedNumber) -> dict[str, str]:
    if line.texts:
        form = _named(wanted_for_texts(public_base_url, line.entry_point))
        asks_other = owned.texts_to != owned.settings["sms_url"]  # an application, in its place
        return form | ({"SmsApplicationSid": ""} if asks_other else {})
    form = _named(wanted_settings(public_base_url, line.entry_point))
    return form | (dict.fromkeys(_ELSEWHERE.values(), "") if owned.asks else {})


def _named(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return settings as the provider names them in a form."""
    return {"".join(map(str.capitalize, name.split("_"))): it for name, it in wanted.items()}


def _place(owned: OwnedNumber, *, texts: bool = False) -> str:
    """Return where its calls, or its texts, go, as it may be shown; "": nowhere."""
    goes_to = owned.texts_to if texts else owned.asks or owned.settings["voice_url"]
    return _SIGN_IN.sub("…@", goes_to)[:_URL]


def _unread(trouble: ApiTrouble) -> Finding:
    what = f"the numbers of the account cannot be read: {trouble.reason}"
    mend = "try again later"
    return fault("phone", what, mend, "phone.no_numbers", reason=trouble.reason)
