"""Texts of the simulated provider: its Messages resource, what comes in, and the signed callbacks.

Names, states, errors and the keywords of opt-out are those of Twilio's API 2010-04-01.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from multidict import MultiDict

from .state import API_VERSION, Json, Number, new_sid, now, rfc2822
from .webhooks import Delivery, Messenger

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST = 1_600
_STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_STARTS = frozenset({"START", "YES", "UNSTOP"})
_HELPS = frozenset({"HELP", "INFO"})


class TextError(Exception):
    """Why a text was not taken: Twilio's number for it and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class SimMedia:
    """A picture of a text."""

    data: bytes
    content_type: str
    sid: str = field(default_factory=lambda: new_sid("ME"))


@dataclass(eq=False, slots=True)
class SimText:
    """One text, either way."""

    account_sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    media: Sequence[SimMedia] = ()
    error_code: int | None = None
    callback: str = ""
    sid: str = field(default_factory=lambda: new_sid("SM"))
    created_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None

    def resource(self) -> Json:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.sent_at),
            "date_updated": rfc2822(self.sent_at or self.created_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.from_,
            "messaging_service_sid": None,
            "num_media": str(len(self.media)),
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }

    def media_resource(self, one: SimMedia) -> Json:
        parent = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "content_type": one.content_type,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "parent_sid": self.sid,
            "sid": one.sid,
            "uri": f"{parent}/Media/{one.sid}.json",
        }


class Texts:
    """All texts of the account.

    `fails`: by number, the error with which a text to it ends; `holds`: numbers of which nothing is
    told, as of a phone that is off. `advanced`: the account has "Advanced Opt-Out", which names the
    keyword in the webhook.
    """

    def __init__(
        self, messenger: Messenger, account_sid: str, numbers: Mapping[str, Number]
    ) -> None:
        self._messenger = messenger
        self._account_sid = account_sid
        self._numbers = numbers
        self.all: dict[str, SimText] = {}
        self.stopped: set[tuple[str, str]] = set()  # (our number, theirs)
        self.fails: dict[str, int] = {}
        self.holds: set[str] = set()
        self.advanced = False
        self.public_url = ""
        self.changed = asyncio.Event()  # set and renewed whenever a text is taken

    # --- out -----------------------------------------------------------------------------------

    def create(self, form: MultiDict[str]) -> SimText:
        """Take a text and tell what becomes of it. Raises TextError."""
        to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        if not to:
            raise TextError(21604, "A 'To' phone number is required.")
        if not _E164.fullmatch(to):
            raise TextError(21211, f"The 'To' number {to} is not a valid phone number.")
        if from_ not in self._numbers or not self._numbers[from_].sms_url:
            raise TextError(21606, f"The 'From' number {from_} is not a valid message-capable one.")
        if not body:
            raise TextError(21602, "Message body is required.")
        if len(body) > _LONGEST:
            raise TextError(21617, "The concatenated message body exceeds the 1600 character limit")
        if (from_, to) in self.stopped:
            raise TextError(21610, "Attempt to send to unsubscribed recipient")
        text = SimText(
            self._account_sid, from_, to, body, "outbound-api", "queued",
            callback=form.get("StatusCallback", ""),
        )  # fmt: skip
        self.all[text.sid] = text
        if to not in self.holds:
            self._go_out(text)
        self._renew()
        return text

    def _go_out(self, text: SimText) -> None:
        self.tell(text, "sent")
        code = self.fails.get(text.to)
        self.tell(text, "delivered" if code is None else "undelivered", code)

    def tell(self, text: SimText, status: str, code: int | None = None) -> None:
        """Bring a text on, and post the callback about it."""
        text.status, text.error_code = status, code
        text.sent_at = text.sent_at or now()
        if not text.callback:
            return
        params = {
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "From": text.from_,
            "MessageSid": text.sid,
            "MessageStatus": status,
            "SmsSid": text.sid,
            "SmsStatus": status,
            "To": text.to,
        }
        if code is not None:
            params["ErrorCode"] = str(code)
        self._messenger.notify(text.callback, params)

    # --- in ------------------------------------------------------------------------------------

    async def receive(
        self,
        from_: str,
        to: str,
        body: str,
        media: Sequence[tuple[bytes, str]] = (),
        *,
        quietly: bool = False,
    ) -> Delivery | None:
        """Somebody texts a number of ours: the hub is told, and its answer returned; `quietly`: the
        webhook is lost on its way.
        """
        text = SimText(
            self._account_sid, from_, to, body, "inbound", "received",
            tuple(SimMedia(data, kind) for data, kind in media),
        )  # fmt: skip
        text.sent_at = text.created_at
        self.all[text.sid] = text
        keyword = self._heed(text)
        if quietly:
            return None
        params = self._params(text)
        if self.advanced and keyword:
            params["OptOutType"] = keyword
        return await self._messenger.fetch(self._numbers[to].sms_url, params)

    def _heed(self, text: SimText) -> str:
        word, pair = text.body.strip().upper(), (text.to, text.from_)
        if word in _STOPS:
            self.stopped.add(pair)
            return "STOP"
        if word in _STARTS:
            self.stopped.discard(pair)
            return "START"
        return "HELP" if word in _HELPS else ""

    def _params(self, text: SimText) -> dict[str, str]:
        params = {
            "AccountSid": self._account_sid,
            "ApiVersion": API_VERSION,
            "Body": text.body,
            "From": text.from_,
            "MessageSid": text.sid,
            "NumMedia": str(len(text.media)),
            "NumSegments": "1",
            "SmsMessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsStatus": "received",
            "To": text.to,
            "ToCountry": "CN",
        }
        for index, one in enumerate(text.media):
            uri = str(text.media_resource(one)["uri"]).removesuffix(".json")
            params[f"MediaUrl{index}"] = self.public_url + uri
            params[f"MediaContentType{index}"] = one.content_type
        return params

    def _renew(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def until_sent(self, to: str, words: str, timeout_s: float = 30.0) -> SimText:
        """Wait for a text of ours to `to` in which `words` stand. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                for text in self.all.values():
                    if text.direction != "inbound" and text.to == to and words in text.body:
                        return text
                await self.changed.wait()
