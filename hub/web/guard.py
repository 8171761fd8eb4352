"""Before a handler runs: who asks, may they, and did their own browser page mean it (CSRF)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import urlsplit

from aiohttp import web

from hub.core.errors import Forbidden, Unauthenticated

from .calls import Network, peer_address
from .principal import Access, Authenticate, Credentials, Principal

CSRF_HEADER = "X-CSRF-Token"
_PLAIN_COOKIE = "hub_session"
_MAX_TOKEN = 256
_OTHER_SCOPE = "This API key is good for one purpose only, and this is another one."
_LANGUAGES = {"en": "en", "zh": "zh-CN"}


class ForeignOrigin(Forbidden):
    """The request comes from a page of another site."""

    code = "foreign_origin"


class BadCsrfToken(Forbidden):
    """The X-CSRF-Token header does not belong to this session."""

    code = "bad_csrf_token"


def session_cookie_name(public_base_url: str) -> str:
    """Return the cookie's name: `__Host-` (RFC 6265bis §4.1.3.2) wherever browsers accept it.

    Browsers drop `__Host-` cookies on plain http, so a hub without https uses a plain name.
    """
    return f"__Host-{_PLAIN_COOKIE}" if is_https(public_base_url) else _PLAIN_COOKIE


def is_https(public_base_url: str) -> bool:
    return urlsplit(public_base_url).scheme == "https"


def origin_of(url: str) -> str:
    """Return scheme://host[:port] of a URL, lower case, without a default port."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def csrf_token_of(session_token: str) -> str:
    """Return the CSRF token bound to a session: a one-way function of its 256-bit secret token."""
    return hmac.new(session_token.encode(), b"contact-hub csrf 1", hashlib.sha256).hexdigest()


class Guard:
    """Finds the principal of a request and refuses what it may not do."""

    def __init__(
        self,
        authenticate: Authenticate,
        *,
        public_base_url: str,
        allowed_origins: tuple[str, ...] = (),
        trusted_proxies: tuple[Network, ...] = (),
    ) -> None:
        self._authenticate = authenticate
        self._origins = frozenset(origin_of(u) for u in (public_base_url, *allowed_origins))
        self._trusted = trusted_proxies
        self.cookie_name = session_cookie_name(public_base_url)

    async def admit(
        self, request: web.Request, access: Access, scope: str = ""
    ) -> Principal | None:
        """Return who asks, None on a public route. Raises Unauthenticated or Forbidden.

        `scope`: of the keys that are good for this route although they are for nothing else.

        Requests that change something are also checked for their origin: on public routes where a
        browser names it, with a session cookie always, together with the CSRF token.
        """
        unsafe = request.method not in ("GET", "HEAD", "OPTIONS")
        if access.least_role is None:
            if unsafe and "Origin" in request.headers:
                self.check_origin(request)
            return None
        credentials = self.credentials_of(request)
        if credentials.session_token is not None and unsafe:
            self.check_origin(request)
            _check_csrf(request, credentials.session_token)
        principal = await self._authenticate(credentials)
        if principal.scope and principal.scope != scope:
            raise Forbidden(_OTHER_SCOPE)
        if not principal.role.at_least(access.least_role):
            raise Forbidden(f"This needs the role {access.least_role} or a higher one.")
        return _reading(principal, request.headers.get("Accept-Language", ""))

    async def authenticate(self, credentials: Credentials) -> Principal:
        """Find the principal again, for an open socket whose rights may have ended."""
        principal = await self._authenticate(credentials)
        if principal.scope:
            raise Unauthenticated(_OTHER_SCOPE)
        return principal

    def credentials_of(self, request: web.Request) -> Credentials:
        """Take the credentials from a request. Raises Unauthenticated if it has none.

        A bearer key wins over a cookie: whoever sends the header means it.
        """
        address, _ = peer_address(request, self._trusted)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and 0 < len(token.strip()) <= _MAX_TOKEN:
            return Credentials(address, api_key=token.strip())
        cookie = self.session_token_of(request)
        if cookie is None:
            raise Unauthenticated("Sign in first, or send an API key as a bearer token.")
        return Credentials(address, session_token=cookie)

    def session_token_of(self, request: web.Request) -> str | None:
        cookie = request.cookies.get(self.cookie_name, "")
        return cookie if 0 < len(cookie) <= _MAX_TOKEN else None

    def check_origin(self, request: web.Request) -> None:
        """Raise ForeignOrigin unless the Origin header is exactly one of ours."""
        if request.headers.get("Origin", "").lower() not in self._origins:
            raise ForeignOrigin(
                "This request comes from a page of another site. Open the console at its own"
                " address (the setting `public_base_url`)."
            )

    def peer(self, request: web.Request) -> tuple[str, bool]:
        """Return the client's address and whether it spoke to us without a proxy between."""
        return peer_address(request, self._trusted)


def _reading(principal: Principal, wanted: str) -> Principal:
    """Return the principal with the language of the page they read, if it is one of ours.

    A console says which it shows; who says nothing reads in their account's.
    """
    language = _LANGUAGES.get(wanted[:2].lower())
    return principal if language is None else replace(principal, language=language)


def _check_csrf(request: web.Request, session_token: str) -> None:
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, csrf_token_of(session_token).encode()):
        raise BadCsrfToken(
            f"The {CSRF_HEADER} header is missing or belongs to another session: take `csrf_token`"
            " from GET /api/v1/me."
        )
