"""Phone: does the account answer, and can the vendor reach our webhooks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from hub.core.findings import Finding, fault, warning, well
from hub.settings import Settings, Twilio

_ANSWER_S = 10.0


def check_phone(settings: Settings) -> Iterator[Finding]:
    """Ask the account's own record with the credentials that calls are made with."""
    twilio = settings.twilio
    if not twilio.account_sid:
        yield well("phone", "no phone account is set up ([twilio])", "phone.none")
        return
    facts = {"url": twilio.base_url}
    try:
        status = _get(twilio, ".json").get("status", "")
    except HTTPError as refusal:
        refusal.close()
        if refusal.code in (401, 403, 404):
            mend = "correct twilio.account_sid and auth_token (or api_key and api_secret)"
            what = f"{twilio.base_url} refused the sign-in ({refusal.code})"
            yield fault("phone", what, mend, "phone.refused", **facts, status=str(refusal.code))
        else:
            what, mend = f"{twilio.base_url} answered {refusal.code}", "try again later"
            yield fault("phone", what, mend, "phone.answered", **facts, status=str(refusal.code))
        return
    except (OSError, HTTPException, ValueError) as error:
        mend = "check twilio.base_url and that this machine may connect there"
        reason = str(getattr(error, "reason", error))
        what = f"{twilio.base_url}: {reason}"
        yield fault("phone", what, mend, "phone.unreachable", **facts, reason=reason)
        return
    if status != "active":
        what, mend = f"the account is {status or 'odd'}", "see the vendor's console"
        yield fault("phone", what, mend, "phone.not_active", status=str(status or "?"))
    else:
        what = f"account {twilio.account_sid} is active at {twilio.base_url}"
        yield well("phone", what, "phone.active", **facts, account=twilio.account_sid)
    if not settings.server.public_base_url.startswith("https://"):
        mend = "set server.public_base_url to the https address that the vendor shall call"
        what = "webhooks of a real account need a public https address"
        yield warning("phone", what, mend, "phone.not_public")


def check_texts(settings: Settings, key: str) -> Iterator[Finding]:
    """Does a number of the account send its texts to entry point `key`. Says nothing where the
    account does not answer: `check_phone` does.
    """
    if not settings.twilio.account_sid:
        return
    url = f"{settings.server.base_url()}/channels/{key}/sms"
    facts = {"url": url, "point": key}
    try:
        numbers = _get(settings.twilio, "/IncomingPhoneNumbers.json?PageSize=1000")
    except (OSError, HTTPException, ValueError):
        return
    here = [one for one in numbers.get("incoming_phone_numbers", []) if one.get("sms_url") == url]
    if not here:
        mend = f"enter {url} at the number, as what to do when a message comes in"
        yield fault("texts", f"no number sends its texts to {key}", mend, "texts.not_here", **facts)
    for one in here:
        number = str(one.get("phone_number", "?"))
        if not one.get("capabilities", {}).get("sms"):
            what, mend = f"{number} cannot text", "take a number that can, or have it enabled"
            yield fault("texts", what, mend, "texts.cannot", **facts, number=number)
        else:
            what = f"texts to {number} come to {key}"
            yield well("texts", what, "texts.here", **facts, number=number)


def _get(twilio: Twilio, path: str) -> dict[str, Any]:
    """Return a resource of the account. Raises OSError, HTTPException, ValueError."""
    user, password = twilio.account_sid, twilio.auth_token
    if twilio.api_key:
        user, password = twilio.api_key, twilio.api_secret
    token = base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
    url = f"{twilio.base_url.rstrip('/')}/2010-04-01/Accounts/{twilio.account_sid}{path}"
    request = Request(url, headers={"Authorization": f"Basic {token}"})  # noqa: S310 - http(s) only, checked by settings
    with urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310 - as above
        found = json.load(answer)
    return found if isinstance(found, dict) else {}
