"""Why a fax was not delivered, or has no pages: a code for screens, and what was said. Pure.

Kept and told as "code: what was said", as the reasons of the quarantine are: the console has the
words for the code in the reader's language, and the gateway's own words beside them.
"""

from __future__ import annotations

import re

HANDED_OVER = "fax_handed_over"  # what follows: how many pages
NOT_DELIVERED = "fax_not_delivered"  # the gateway gives no reason that is known

# The first that fits: after the words of HylaFAX, spandsp (FreeSWITCH, Asterisk) and services.
_CAUSES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("fax_busy", r"\bbusy\b|besetzt|忙|占线"),
        (
            "fax_blocked",
            r"reject|black ?list|do[ -]?not[ -]?(?:fax|call)|prohibited|blocked|拒|屏蔽",
        ),
        (
            "fax_not_a_fax",
            r"no carrier|not? (?:a )?fax|voice|human|no response to (?:dis|dcs|training)"
            r"|without a fax|非传真|不是传真",
        ),
        (
            "fax_no_answer",
            r"no[ -]?answer|not answer|unanswered|ring(?:ing)? timeout|no ring|无人接听|无应答",
        ),
        (
            "fax_bad_number",
            r"(?:invalid|unallocated|unassigned|wrong|bad|malformed)[\w ]{0,20}number"
            r"|number[\w ]{0,20}(?:invalid|not exist|not in service|unobtainable)"
            r"|disconnected number|空号|号码(?:无效|错误|不存在)",
        ),
        (
            "fax_no_line",
            r"no (?:local )?dial ?tone|no channel|trunk|congestion|circuit|网络拥塞|线路",
        ),
        ("fax_given_up", r"deadline|kill time|too many attempts|retries exceeded|given up|超时"),
        (
            "fax_taken_back",
            r"deleted from the queue|removed from (?:the )?queue|cancell?ed|aborted by|取消",
        ),
        (
            "fax_document",
            r"(?:conver|document|format|file)[\w ]{0,20}(?:fail|error|invalid)|unsupported"
            r"|could not be (?:converted|imaged)",
        ),
        (
            "fax_broken_off",
            r"dropped|hung ?up|disconnect|lost|training|timed? ?out|timer|expired|T\.?30|remote"
            r"|中断|断开",
        ),
    )
)


# Those that screens name while the gateway still tries; every other is `_AGAIN`.
_AGAIN = "fax_retry"
_AGAIN_AFTER = {"fax_busy": "fax_retry_busy", "fax_no_answer": "fax_retry_no_answer"}


def told(code: str, said: str = "") -> str:
    """Return a reason as it is kept."""
    return f"{code}: {said}"


def why_not_delivered(said: str | None) -> str:
    """Return the code for what a gateway says about a fax that failed; its words stay beside it."""
    return told(*_cause(said))


def why_again(said: str | None) -> str:
    """The same of a fax that has not gone through yet, and is tried again by the gateway."""
    code, words = _cause(said)
    return told(_AGAIN_AFTER.get(code, _AGAIN), words)


def _cause(said: str | None) -> tuple[str, str]:
    words = " ".join((said or "").split())[:200]
    found = (code for code, pattern in _CAUSES if pattern.search(words))
    return next(found, NOT_DELIVERED), words
