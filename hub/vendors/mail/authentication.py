"""What our own mail server found out about a sender: Authentication-Results (RFC 8601). Pure.

Only the header of the server we trust counts: anybody can write one.
"""

from __future__ import annotations

import re
from enum import StrEnum

from .model import ParsedMail

_METHOD = re.compile(r"(?:^|;)\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.I)
_COMMENT = re.compile(r"\([^()]*\)")


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NONE = "none"  # nothing trustworthy was said
    TEMPERROR = "temperror"  # cannot be known now: it proves nothing and blocks nothing


def trusted_verdict(mail: ParsedMail, trusted_server: str) -> Verdict | None:
    """Return the DMARC result of `trusted_server` (its authserv-id); None if it wrote none."""
    if not trusted_server:
        return None
    for value in mail.header_all("authentication-results"):
        clean = _COMMENT.sub("", value)
        server = clean.partition(";")[0].strip().split(" ")[0].lower()
        if server != trusted_server.lower():
            continue
        results = {method.lower(): result.lower() for method, result in _METHOD.findall(clean)}
        result = results.get("dmarc")
        if result == "pass":
            return Verdict.PASS
        if result == "temperror":
            return Verdict.TEMPERROR
        return Verdict.FAIL if result in ("fail", "permerror") else Verdict.NONE
    return None
