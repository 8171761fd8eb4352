"""Access tokens for mail servers that take no passwords: Google, Microsoft 365 (RFC 6749 §4.4, §6).

With a refresh token the owner of the mailbox has granted access; without one the application signs
in by itself (client credentials), which suits a server best: nothing runs out.
"""

from __future__ import annotations

import asyncio
import time

import aiohttp
import msgspec

from hub.settings import OAuth

_TIMEOUT_S = 20.0
_EARLY_S = 120.0  # a token is renewed this long before it runs out


class OAuthError(Exception):
    """No access token could be had; the message holds the provider's own words, never a secret."""


class _Answer(msgspec.Struct):
    access_token: str = ""
    expires_in: float = 3600
    refresh_token: str = ""
    error: str = ""
    error_description: str = ""


class AccessTokens:
    """The access token of one mailbox, fetched when it is needed and kept until it runs out."""

    def __init__(self, settings: OAuth) -> None:
        self._settings = settings
        self._refresh_token = settings.refresh_token.reveal()
        self._token = ""
        self._until_s = 0.0  # on the monotonic clock
        self._lock = asyncio.Lock()

    def __repr__(self) -> str:
        return f"AccessTokens({self._settings.token_url!r})"

    async def get(self) -> str:
        """Return a token that is valid for two minutes more. Raises OAuthError."""
        async with self._lock:
            if time.monotonic() >= self._until_s:
                await self._renew()
            return self._token

    def forget(self) -> None:
        """A server refused the token: fetch a new one next time."""
        self._until_s = 0.0

    async def _renew(self) -> None:
        answer = await self._ask()
        if not answer.access_token:
            words = " ".join(f"{answer.error} {answer.error_description}".split())
            raise OAuthError(f"{self._settings.token_url}: {words[:300] or 'no access token'}")
        self._token = answer.access_token
        self._until_s = time.monotonic() + max(0.0, answer.expires_in - _EARLY_S)
        # Microsoft gives a new one each time; the old one stays valid for its 90 days.
        self._refresh_token = answer.refresh_token or self._refresh_token

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
                body = await response.content.read(65_536)
            return msgspec.json.decode(body, type=_Answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            words = str(error) or type(error).__name__
            raise OAuthError(f"{settings.token_url} does not answer: {words}") from error
        except msgspec.DecodeError as error:
            raise OAuthError(f"{settings.token_url} answers something that is no token") from error
