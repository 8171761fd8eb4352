"""The provider's parameters → values. Pure; what strangers write never raises.

Source: Twilio, "Twilio's request to your incoming message webhook URL" and "Message status
callback".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .states import Told

_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_MEDIA = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/[A-Z]{2}[0-9a-fA-F]{32}"
                    r"/Media/ME[0-9a-fA-F]{32}")  # fmt: skip
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LONGEST_SENDER = 40
_LONGEST_TEXT = 10_000
MOST_MEDIA = 10  # Twilio's own limit of one message


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or another file of a text. `path`: on the provider's own API host."""

    path: str
    declared: str


@dataclass(frozen=True, slots=True)
class Received:
    """A text that came in. `answerable`: its sender is a telephone number, not a name or a short
    code. `lost_media`: files that it has and that are not where the provider keeps them.
    """

    sid: str
    sender: str
    called: str
    text: str
    media: tuple[Media, ...] = ()
    lost_media: int = 0
    opt_out_type: str = ""

    @property
    def answerable(self) -> bool:
        return is_number(self.sender)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it is no text: a code for the log."""

    why: str


@dataclass(frozen=True, slots=True)
class StateNews:
    """What the provider tells of a text of ours."""

    sid: str
    told: Told


def is_number(address: str) -> bool:
    """Say whether an address is a telephone number in full (E.164), which can be texted."""
    return _E164.fullmatch(address) is not None


def parse_text(params: Mapping[str, str], account_sid: str) -> Received | Refused:
    """Read the webhook of a text that came in."""
    sid = params.get("MessageSid") or params.get("SmsSid", "")
    if not _SID.fullmatch(sid):
        return Refused("no_sid")
    sender = _one_line(params.get("From", ""))
    if not sender or len(sender) > _LONGEST_SENDER or ":" in sender:  # "whatsapp:+86…" is no text
        return Refused("sender")
    count = _number(params.get("NumMedia", ""), MOST_MEDIA)
    named = [
        (params.get(f"MediaUrl{index}", ""), params.get(f"MediaContentType{index}", ""))
        for index in range(count)
    ]
    media = [one for url, kind in named if (one := parse_media(url, kind, account_sid))]
    return Received(
        sid=sid,
        sender=sender,
        called=_one_line(params.get("To", ""))[:_LONGEST_SENDER],
        text=clean(params.get("Body", "")),
        media=tuple(media),
        lost_media=count - len(media),
        opt_out_type=params.get("OptOutType", "")[:10],
    )


def parse_media(url: str, declared: str, account_sid: str) -> Media | None:
    """Return a file where the provider keeps those of this account; None for any other place."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    found = _MEDIA.fullmatch(path)
    if found is None or found[1] != account_sid:
        return None
    return Media(path, declared.partition(";")[0].strip().lower()[:100])


def parse_state(params: Mapping[str, str]) -> StateNews | Refused:
    """Read the callback about a text of ours."""
    sid = params.get("MessageSid") or params.get("SmsSid", "")
    if not _SID.fullmatch(sid):
        return Refused("no_sid")
    state = params.get("MessageStatus") or params.get("SmsStatus", "")
    return StateNews(sid, Told(state[:20].lower(), _number(params.get("ErrorCode", ""), 99_999)))


def clean(text: str) -> str:
    """Return the words of a text without what no screen shows and no database keeps."""
    return _CONTROL.sub("", text[:_LONGEST_TEXT]).strip()


def _one_line(text: str) -> str:
    return _CONTROL.sub("", text[:1_000]).replace("\n", " ").strip()


def _number(text: str, most: int) -> int:
    return min(int(text), most) if re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0
