"""Phone: does the account answer, do its numbers lead here, can the vendor reach our webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.core.findings import Finding, fault, warning, well
from hub.settings import Twilio

from .api import ApiTrouble, ProviderApi
from .numbers import PhoneLine, check_numbers, comes_by, list_owned, wanted_for_texts


def check_phone_lines(
    twilio: Twilio, public_base_url: str, lines: Sequence[PhoneLine]
) -> Iterator[Finding]:
    """Look at an account and at where its numbers lead, step by step. Blocks."""
    sound = True
    for found in check_account(twilio, public_base_url):
        sound = sound and found.code not in _HOPELESS
        yield found
    if sound and twilio.account_sid:
        if not twilio.api_key:
            what = "there is no API key: calls ring at desk phones only, not in the browser"
            mend = "make a standard API key in the vendor's console and enter it with its secret"
            yield warning("phone", what, mend, "phone.no_key")
        yield from check_numbers(twilio, public_base_url, lines)


def check_texts(twilio: Twilio, public_base_url: str, key: str) -> Iterator[Finding]:
    """Does a number of the account send its texts to entry point `key`. Says nothing where the
    account does not answer: `check_account` does. Blocks.
    """
    if not twilio.account_sid:
        return
    wanted = wanted_for_texts(public_base_url, key)
    url = wanted["sms_url"]
    facts = {"url": url, "point": key}
    try:
        owned = list_owned(ProviderApi(twilio, by_key=False))
    except ApiTrouble:
        return
    here = [one for one in owned if comes_by(one, wanted)]
    if not here:
        mend = f"hub phone setup {key} writes {url} to its number"
        yield fault("texts", f"no number sends its texts to {key}", mend, "texts.not_here", **facts)
    for one in here:
        if not one.texts:
            what, mend = f"{one.number} cannot text", "take a number that can, or have it enabled"
            yield fault("texts", what, mend, "texts.cannot", **facts, number=one.number)
        else:
            what = f"texts to {one.number} come to {key}"
            yield well("texts", what, "texts.here", **facts, number=one.number)


_HOPELESS = frozenset({"phone.refused", "phone.answered", "phone.unreachable", "phone.key_refused"})


def check_account(twilio: Twilio, public_base_url: str) -> Iterator[Finding]:
    """Sign in as what webhooks are signed by, and as what calls are made by. Blocks."""
    if not twilio.account_sid:
        yield well("phone", "no phone account is set up", "phone.none")
        return
    facts = {"url": twilio.base_url}
    api = ProviderApi(twilio, by_key=False)
    try:
        account = api.ask(f"{api.account_path}.json")
    except ApiTrouble as trouble:
        yield _trouble(twilio, trouble)
        return
    status = str(account.get("status", ""))[:40]
    if status != "active":
        what, mend = f"the account is {status or 'odd'}", "see the vendor's console"
        yield fault("phone", what, mend, "phone.not_active", status=status or "?")
    else:
        what = f"account {twilio.account_sid} is active at {twilio.base_url}"
        yield well("phone", what, "phone.active", **facts, account=twilio.account_sid)
    if account.get("type") == "Trial":
        what = "it is a trial account: callers hear a notice, and only verified numbers are called"
        yield warning("phone", what, "upgrade it in the vendor's console", "phone.trial")
    if twilio.api_key:
        yield _check_key(twilio)
    if not public_base_url.startswith("https://"):
        mend = "set server.public_base_url to the https address that the vendor shall call"
        what = "webhooks of a real account need a public https address"
        yield warning("phone", what, mend, "phone.not_public")


def _check_key(twilio: Twilio) -> Finding:
    """Try the API key where calls use it: a standard key may not read the account itself."""
    api = ProviderApi(twilio, by_key=True)
    try:
        api.ask(f"{api.account_path}/Calls.json?PageSize=1")
    except ApiTrouble as trouble:
        if not trouble.refused:
            return _trouble(twilio, trouble)
        what = f"{twilio.base_url} refused the API key ({trouble.status})"
        mend = "correct the API key and its secret (twilio.api_key, api_secret), or leave both out"
        status = str(trouble.status)
        return fault("phone", what, mend, "phone.key_refused", url=twilio.base_url, status=status)
    return well(
        "phone", f"calls sign in by the key {twilio.api_key}", "phone.key", key=twilio.api_key
    )


def _trouble(twilio: Twilio, trouble: ApiTrouble) -> Finding:
    url, status = twilio.base_url, str(trouble.status)
    if trouble.refused:
        mend = "correct the account SID and the auth token (twilio.account_sid, auth_token)"
        what = f"{url} refused the sign-in ({status})"
        return fault("phone", what, mend, "phone.refused", url=url, status=status)
    if trouble.status:
        what, mend = f"{url} answered {status}", "try again later"
        return fault("phone", what, mend, "phone.answered", url=url, status=status)
    mend = "check twilio.base_url and that this machine may connect there"
    what = f"{url}: {trouble.reason}"
    return fault("phone", what, mend, "phone.unreachable", url=url, reason=trouble.reason)
