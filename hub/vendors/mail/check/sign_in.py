"""What a refused sign-in is told as."""

from __future__ import annotations

from hub.core.findings import Finding, fault

from .aim import Aim, TokenRefused
from .wire import one_line

NOT_ASCII = "user and password may hold letters without accents, digits and signs only"


def refused(aim: Aim, kind: str, reason: str) -> Finding:
    """A server did not let us in."""
    place, key = aim.place(kind), aim.key(kind)
    facts = {"place": place, "reason": reason, "key": key}
    if aim.token is not None:
        mend = (
            f"the token is good and {key} refuses it: correct the user, and give the application "
            "the right to this mailbox"
        )
        what = f"{place} refused the token: {reason}"
        return fault("mail", what, mend, "mail.refused_token", **facts)
    mend = (
        f"correct user and password of {key}; many providers want an app password, "
        "NetEase and QQ the 授权码 from their web mail"
    )
    return fault("mail", f"{place} refused the sign-in: {reason}", mend, "mail.refused", **facts)


def token_refused(aim: Aim, error: TokenRefused) -> Finding:
    """The provider gave no access token."""
    reason = one_line(str(error))
    what = f"{aim.prefix}no access token: {reason}"
    if error.ended:
        mend = "grant access anew at the provider, and set the refresh token or secret you get"
        return fault("mail", what, mend, "mail.token_ended", reason=reason)
    mend = "check the token URL, and that this machine may connect there"
    return fault("mail", what, mend, "mail.no_token", reason=reason)
