"""A webhook's body and key as they come in, and the document that goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import StreamReader, web
from multidict import MultiDict

from hub.channels.phone.refusals import Why
from hub.vendors.twilio.signature import IDEMPOTENCY_HEADER, SignedRequest, is_signed_by

from .parse import webhook_key
from .twiml import CLOSED

BODY_LIMIT = 64 * 1024  # Twilio's own limit for what it posts


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook that is proven to come from our account."""

    params: Mapping[str, str]
    name: str
    key: str | None
    connection_id: str
    retried: bool
    closed: bool  # the caller is in no waiting room
    query: Mapping[str, str]

    @property
    def key_pressed(self) -> str:
        """The first key; "" for none."""
        return self.params.get("Digits", "")[:1]


@dataclass(frozen=True, slots=True)
class Signers:
    """Whose webhooks are ours: signed over `public_base_url` by one of `auth_tokens`."""

    public_base_url: str
    account_sid: str
    auth_tokens: tuple[str, ...]

    def refuses(self, signed: SignedRequest, params: MultiDict[str] | None) -> Why | None:
        """Say what is wrong with a request; None: it is our account's."""
        if params is None:
            return Why.SIZE
        if not is_signed_by(signed, self.public_base_url, self.auth_tokens, params):
            return Why.SIGNATURE if signed.signature else Why.UNSIGNED
        return None if params.get("AccountSid") == self.account_sid else Why.ACCOUNT


def webhook_of(request: web.Request, params: MultiDict[str], name: str) -> Webhook:
    """Return a request that is proven to come from our account as a webhook."""
    key = first_key(params, name, request.headers.get(IDEMPOTENCY_HEADER))
    match, query = request.match_info, dict(request.query) if request.query_string else {}
    named = next((match[part] for part in ("connection", "call", "recording") if part in match), "")
    return Webhook(once(params), name, key, named, "retry" in query, CLOSED in query, query)


async def read_all(content: StreamReader) -> bytes:
    """Return the body, or one byte more than the limit of a longer one."""
    body = b""
    while len(body) <= BODY_LIMIT and (more := await content.read(BODY_LIMIT + 1 - len(body))):
        body += more
    return body


def first_key(params: MultiDict[str], name: str, token: str | None) -> str | None:
    """The first webhook of a call is one whatever else it carries: its CallSid is its key."""
    if name == "voice":
        return f"{params.get('CallSid', '')}:voice"[:200]
    return webhook_key(once(params), name, token)


def once(params: MultiDict[str]) -> dict[str, str]:
    """Return the parameters, the first of each name."""
    return {name: params[name] for name in params}


def answer_twiml(document: str) -> web.Response:
    return web.Response(text=document, content_type="text/xml", charset="utf-8")
