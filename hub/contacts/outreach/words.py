"""Words by which a customer says stop in a message. Pure; never raises on what people write."""

from __future__ import annotations

import re
import unicodedata

from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose

_FEW_LINES = 3  # a message of more says something else: only its first line is looked at
_LOOKED_AT = 4_000  # characters; who says stop says it at once
_STOP_SELLING = frozenset(
    {
        "退订", "取消订阅", "请退订", "我要退订", "回复退订", "不要再发", "不要再发了", "别再发了",
        "拒收", "退訂", "取消訂閱", "td", "t", "unsubscribe", "unsubscribe me",
        "please unsubscribe", "please unsubscribe me", "opt out", "optout", "remove me", "stop",
        "cancel subscription", "no more mails", "no more emails",
    }
)  # fmt: skip
_STOP_ALL = frozenset({"stopall", "stop all", "全部退订", "不要再联系我", "别再联系我", "拒绝联系"})
# A letter alone is easily a slip: it counts only as the whole message.
_WHOLE_ONLY = frozenset({"t"})
_QUOTE = re.compile(
    r"^\s*(?:>|＞)"
    r"|^\s*-{2,}\s*(?:original message|forwarded message|原始邮件|原始郵件|转发邮件)"
    r"|^\s*(?:on\b.{0,200}\bwrote\s*[:：]|在.{0,200}写道\s*[:：]|于.{0,200}写道\s*[:：])"
    r"|^\s*(?:发件人|寄件者|from)\s*[:：]",
    re.IGNORECASE,
)
_ROUND = " \t.。!！~～,，;；:：\"'“”‘’「」【】[]()（）*_#-"
_SIGNATURE = ("--", "-- ")


def read_opt_out(text: str, subject: str = "") -> tuple[Purpose, ...]:
    """Return what a message says stop to; () for one that says something else.

    The word stands alone on its line, in the customer's own words and not in what they quote: as
    the first line, or anywhere in a message of a few lines. A subject alone says it too, which is
    what a mail program sends for `List-Unsubscribe: <mailto:…>`.
    """
    lines = _own_lines(text[:_LOOKED_AT])
    if not lines:
        return _meaning(_plain(subject[:200]), whole=True)
    looked_at = lines if len(lines) <= _FEW_LINES else lines[:1]
    for line in looked_at:
        if found := _meaning(line, whole=len(lines) == 1):
            return found
    return ()


def _own_lines(text: str) -> list[str]:
    """Return the lines that say something, up to a quotation or a signature; no more than are
    looked at, and one to tell that there are more.
    """
    lines = []
    for line in text.splitlines():
        if _QUOTE.match(line) or line in _SIGNATURE:
            break
        if plain := _plain(line):
            lines.append(plain)
        if len(lines) > _FEW_LINES:
            break
    return lines


def _plain(line: str) -> str:
    folded = unicodedata.normalize("NFKC", line).casefold().strip(_ROUND)
    return " ".join(folded.replace("-", " ").split())


def _meaning(line: str, *, whole: bool) -> tuple[Purpose, ...]:
    if line in _STOP_ALL:
        return STOP_ALL
    if line in _STOP_SELLING and (whole or line not in _WHOLE_ONLY):
        return STOP_SELLING
    return ()
