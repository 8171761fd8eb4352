"""Phone: does the account answer, and can the vendor reach our webhooks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from hub.core.findings import Finding, fault, warning, well
from hub.settings import Settings

_ANSWER_S = 10.0


def check_phone(settings: Settings) -> Iterator[Finding]:
    """Ask the account's own record with the credentials that calls are made with."""
    twilio = settings.twilio
    if not twilio.account_sid:
        yield well("phone", "no phone account is set up ([twilio])", "phone.none")
        return
    user, password = twilio.account_sid, twilio.auth_token
    if twilio.api_key:
        user, password = twilio.api_key, twilio.api_secret
    token = base64.b64encode(f"{user}:{password.reveal()}".encode()).decode()
    facts = {"url": twilio.base_url}
    url = f"{twilio.base_url.rstrip('/')}/2010-04-01/Accounts/{twilio.account_sid}.json"
    request = Request(url, headers={"Authorization": f"Basic {token}"})  # noqa: S310 - http(s) only, checked by settings
    try:
        with urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310 - as above
            status = json.load(answer).get("status", "")
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
