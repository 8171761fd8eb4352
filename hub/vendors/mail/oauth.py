"""Access tokens for mail servers that take no passwords: Google, Microsoft 365 (RFC 6749 §4.4, §6).

With a refresh token the owner of the mailbox has granted access; without one the application signs
in by itself (client credentials), which suits a server best: nothing runs out.

A provider may give a new refresh token with each access token and end the old one (RFC 6749 §6), so
the new one is kept before it is used, and all who sign in to a mailbox share one `AccessTokens`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from typing import Protocol

import aiohttp
import msgspec

from hub.core.errors import Unavailable
from hub.settings import Mailbox, OAuth

from .bodies import read_body

log = logging.getLogger(__name__)

_TIMEOUT_S = 20.0
_ANSWER_BYTES = 65_536
_EARLY_S = 120.0  # a token is renewed this long before it runs out
_USUAL_S = 3600.0
# RFC 6749 §5.2: what is wrong with the grant or the application stays wrong.
_ENDED = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope"})
_CURE = "the grant has ended or the application is refused: grant access anew and set what you get"


class OAuthError(Exception):
    """No access token could be had; the message holds the provider's own words, never a secret.

    `ended`: the grant or the application is refused, so that trying again will not help.
    """

    def __init__(self, message: str, *, ended: bool = False) -> None:
        super().__init__(message)
        self.ended = ended


class Grants(Protocol):
    """Where refresh tokens are kept that a provider gave in place of the one that was set.

    `origin`: the digest of the one that was set; another one that is set ends what is kept.
    """

    async def find(self, entry_point: str, origin: str) -> str | None: ...

    async def keep(self, entry_point: str, origin: str, refresh_token: str) -> None: ...


class _Answer(msgspec.Struct):
    access_token: str = ""
    expires_in: float | str | None = None  # seconds; some providers write it as a text
    refresh_token: str = ""
    error: str = ""
    error_description: str = ""


def origin_of(refresh_token: str) -> str:
    """Return by what the successors of a refresh token that was set are found."""
    return hashlib.sha256(refresh_token.encode()).hexdigest()


class AccessTokens:
    """The access token of one mailbox, fetched when it is needed and kept until it runs out.

    Its end is counted on our own clock from the moment it came, so a wrong clock on either side
    does no harm. `grants`: where new refresh tokens are kept; None: for this process only.
    """

    def __init__(self, settings: OAuth, grants: Grants | None = None, owner: str = "") -> None:
        self._settings = settings
        self._grants = grants
        self._owner = owner
        self._refresh_token = settings.refresh_token.reveal()
        self._origin = origin_of(self._refresh_token)
        self._unkept = False
        self._token = ""
        self._until_s = 0.0  # on the monotonic clock
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"AccessTokens({self._settings.token_url!r})"

    async def get(self) -> str:
        """Return a token that is valid for two minutes more. Raises OAuthError."""
        async with self._lock:
            if self._unkept:
                await self._keep()
            if time.monotonic() >= self._until_s:
                await self._renew()
            return self._token

    def forget(self) -> None:
        """A server refused the token: fetch a new one next time."""
        self._until_s = 0.0

    async def _renew(self) -> None:
        if self._grants is not None and self._refresh_token and not self._unkept:
            # Each time: another process or a check may have been given a newer one.
            kept = await self._grants.find(self._owner, self._origin)
            self._refresh_token = kept or self._refresh_token
        answer = await self._ask()
        if not answer.access_token:
            words = " ".join(f"{answer.error} {answer.error_description}".split())
            ended = answer.error in _ENDED
            text = f"{self._settings.token_url}: {words[:300] or 'no access token'}"
            raise OAuthError(f"{text} ({_CURE})" if ended else text, ended=ended)
        self._token = answer.access_token
        self._until_s = time.monotonic() + max(0.0, _seconds(answer.expires_in) - _EARLY_S)
        if answer.refresh_token and answer.refresh_token != self._refresh_token:
            self._refresh_token = answer.refresh_token
            self._unkept = True
            await self._keep()

    async def _keep(self) -> None:
        """Store the new refresh token. While the store refuses, this process goes on with it."""
        if self._grants is None or not self._refresh_token:
            return
        try:
            await self._grants.keep(self._owner, self._origin, self._refresh_token)
        except Unavailable as error:
            log.warning("a new refresh token of %s is not stored yet: %s", self._owner, error)
        else:
            self._unkept = False

    async def _ask(self) -> _Answer:
        settings = self._settings
        form = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.reveal(),
            "scope": settings.scope,
        }
        if self._refresh_token:
            form |= {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        else:
            form["grant_type"] = "client_credentials"
        data = {key: value for key, value in form.items() if value}
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(settings.token_url, data=data, allow_redirects=False) as response,
            ):
                body = await read_body(response, _ANSWER_BYTES)
            return msgspec.json.decode(body, type=_Answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            words = str(error) or type(error).__name__
            raise OAuthError(f"{settings.token_url} does not answer: {words}") from error
        except msgspec.DecodeError as error:
            raise OAuthError(f"{settings.token_url} answers something that is no token") from error


def _seconds(told: float | str | None) -> float:
    try:
        return float(told) if told is not None else _USUAL_S
    except ValueError:
        return _USUAL_S


class TokenBook:
    """One `AccessTokens` for each mailbox that signs in by token, shared by all who do."""

    def __init__(self, grants: Grants | None = None) -> None:
        self._grants = grants
        self._held: dict[str, tuple[OAuth, AccessTokens]] = {}

    def of(self, mailbox: Mailbox) -> AccessTokens | None:
        """Return the tokens of a mailbox, or None where it signs in by password."""
        if not mailbox.oauth.token_url:
            return None
        known = self._held.get(mailbox.entry_point)
        if known is not None and known[0] == mailbox.oauth:
            return known[1]
        made = AccessTokens(mailbox.oauth, self._grants, mailbox.entry_point)
        self._held[mailbox.entry_point] = (mailbox.oauth, made)
        return made
