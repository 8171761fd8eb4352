"""Questions to the provider from outside the event loop: the doctor's, and those of set-up pages.

One request each, never repeated, no redirect followed: credentials go to no other host.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import IO, Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from hub.settings import Twilio

_ANSWER_S = 10.0
_LIMIT_BYTES = 8 << 20  # a page of a thousand numbers is below two
_REASON = 300


class ApiTrouble(Exception):
    """The provider did not do it. `status` 0: it was not reached, or its answer was lost."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    @property
    def refused(self) -> bool:
        """Whether the sign-in was refused."""
        return self.status in (401, 403, 404)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirect)


class ProviderApi:
    """The resources of one account. `by_key`: signed in with the API key; else with the token."""

    def __init__(self, twilio: Twilio, *, by_key: bool) -> None:
        user, secret = twilio.account_sid, twilio.auth_token
        if by_key:
            user, secret = twilio.api_key, twilio.api_secret
        self._base = twilio.base_url.rstrip("/")
        self._login = base64.b64encode(f"{user}:{secret.reveal()}".encode()).decode()
        self.account_path = f"/2010-04-01/Accounts/{twilio.account_sid}"

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what is under `path`, changed to `form` before. Raises ApiTrouble."""
        body = None if form is None else urlencode(form).encode()
        headers = {"Authorization": f"Basic {self._login}", "Accept": "application/json"}
        request = Request(self._base + path, data=body, headers=headers)  # noqa: S310 - http(s) only, checked by settings
        try:
            with _OPENER.open(request, timeout=_ANSWER_S) as answer:
                return _read(answer)
        except HTTPError as refusal:
            _raise(refusal)
        except (OSError, HTTPException, ValueError) as error:
            raise ApiTrouble(0, str(getattr(error, "reason", error))[:_REASON]) from error


def _read(answer: IO[bytes]) -> dict[str, Any]:
    found = json.loads(answer.read(_LIMIT_BYTES))
    if not isinstance(found, dict):
        raise ValueError("the answer is none of the provider's")
    return found


def _raise(refusal: HTTPError) -> NoReturn:
    with refusal:
        try:
            reason = str(_read(refusal)["message"])
        except (OSError, HTTPException, ValueError, KeyError):
            reason = str(refusal.reason)
    raise ApiTrouble(refusal.code, reason[:_REASON]) from refusal
