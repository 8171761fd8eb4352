"""The softphone of a browser: who it is at the provider, and the token it signs in with.

An access token is a JWT, signed with the secret of an API key (the auth token signs none). Ours
lets a browser be rung and nothing else: it grants no outgoing call, so one that was stolen calls
nobody at our cost.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

import msgspec

from hub.core.ids import new_id
from hub.settings import Twilio

SIGNALLING_ORIGINS = ("wss://*.twilio.com",)
"""Where a softphone keeps its line: at whichever edge of the provider it is sent to."""


def client_name(user_id: str) -> str:
    """Return the user's name at the provider, which has letters, digits and _ only."""
    return "".join(letter if letter.isalnum() else "_" for letter in user_id)


def can_sign(account: Twilio) -> bool:
    """Whether the account has what tokens are signed with."""
    return bool(account.account_sid and account.api_key and account.api_secret.reveal())


def signalling_origins(account: Twilio) -> tuple[str, ...]:
    """Return the origins that consoles keep a line to; none where there are no softphones."""
    return SIGNALLING_ORIGINS if can_sign(account) else ()


def voice_token(account: Twilio, identity: str, now: datetime, life: timedelta) -> str:
    """Return an access token that lets `identity` be rung until `now + life`."""
    header = {"cty": "twilio-fpa;v=1", "typ": "JWT", "alg": "HS256"}
    claims = {
        "jti": f"{account.api_key}-{new_id()}",
        "iss": account.api_key,
        "sub": account.account_sid,
        "exp": int((now + life).timestamp()),
        "grants": {"identity": identity, "voice": {"incoming": {"allow": True}}},
    }
    signed = f"{_part(header)}.{_part(claims)}"
    secret = account.api_secret.reveal().encode()
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _part(value: object) -> str:
    return _base64(msgspec.json.encode(value))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
