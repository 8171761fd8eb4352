"""What systems and files say, checked: a row, or every reason why not. Pure; nothing here raises.

Amounts come in minor units from programs; from files in major units, see `money`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from hub.customers.imports.model import Reason
from hub.customers.model import IdentityKind
from hub.customers.normalise import Address, has_control, parse_address

from .model import CaseState, OrderState
from .rows import MAX_ID, MAX_URL, MOST_REVISION, Version

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reasons = list[Reason]

_WEB = re.compile(r"https?://[^\s/?#@\\\"<>]+(?:[/?#][^\s\"<>\\]*)?", re.IGNORECASE)
_FIRST_YEAR = 1970
_LAST_YEAR = 2199
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T ]+(.+))?")
_CLOCK = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)

# How the states are called in files and by systems, folded.
ORDER_WORDS: dict[OrderState, str] = {
    OrderState.PLACED: "placed new open pending created confirmed 已下单 下单 待付款 待支付 新建",
    OrderState.PAID: "paid 已付款 已支付 待发货",
    OrderState.SHIPPED: "shipped sent 已发货 发货 运输中",
    OrderState.DELIVERED: "delivered completed complete closed done 已送达 已签收 已完成 完成",
    OrderState.CANCELLED: "cancelled canceled void 已取消 取消 已关闭",
    OrderState.RETURNED: "returned refunded return refund 已退货 退货 已退款 退款",
}
CASE_WORDS: dict[CaseState, str] = {
    CaseState.REPORTED: "reported new open 已报修 报修 新建",
    CaseState.RECEIVED: "received 已收件 收件 已收到",
    CaseState.WAITING: "waiting waiting_parts pending 等待 待配件 等待配件 等待客户",
    CaseState.REPAIRING: "repairing in_repair in_progress 维修中 修理中 处理中",
    CaseState.READY: "ready repaired 已修好 待取件 待寄回",
    CaseState.SENT: "sent returned shipped 已寄回 已寄出",
    CaseState.DONE: "done closed completed resolved 已完成 完成 已结案",
    CaseState.CANCELLED: "cancelled canceled 已取消 取消",
}
_ORDER_STATES = {word: state for state, words in ORDER_WORDS.items() for word in words.split()}
_CASE_STATES = {word: state for state, words in CASE_WORDS.items() for word in words.split()}


class Checks:
    """Collects reasons while a row is checked; `None` is what a field that is wrong becomes."""

    def __init__(self) -> None:
        self.reasons: Reasons = []

    def take(self, value: T | Reason) -> T | None:
        """Return the value, or keep the reason."""
        if isinstance(value, Reason):
            self.reasons.append(value)
            return None
        return value

    def maybe(self, text: str | None, check: Callable[[str], T | Reason]) -> T | None:
        """Check what may be left out."""
        return self.take(check(text)) if text else None


def check_id(text: str | None, column: str, limit: int = MAX_ID) -> str | Reason:
    """Return an external id in one form (NFC, single blanks)."""
    clean = unicodedata.normalize("NFC", " ".join((text or "").split()))
    if not clean:
        return Reason(f"{column}.empty", f"`{column}` is empty.", column)
    if len(clean) > limit:
        return Reason(f"{column}.too_long", f"`{column}` has more than {limit} characters.", column)
    if not is_text(clean):
        return Reason(f"{column}.not_text", f"`{column}` has characters that are no text.", column)
    return clean


def check_customer(text: str | None) -> str | Reason:
    """Return a customer's external id as identities keep it."""
    column = "customer_external_id"
    if text and not is_text(text):
        return Reason(f"{column}.not_text", f"`{column}` has characters that are no text.", column)
    found = parse_address(IdentityKind.EXTERNAL, text or "", "")
    if isinstance(found, Address):
        return found.value
    return Reason(f"{column}.{found.code.rpartition('.')[2]}", found.reason, column)


def check_text(text: str, column: str, limit: int) -> str | Reason:
    """Return a text with single blanks in one line, at most `limit` characters."""
    clean = " ".join(text.split())
    if len(clean) > limit:
        return Reason(f"{column}.too_long", f"`{column}` has more than {limit} characters.", column)
    if not is_text(clean):
        return Reason(f"{column}.not_text", f"`{column}` has characters that are no text.", column)
    return clean


def check_url(text: str, column: str = "url") -> str | Reason:
    """Return a web address that a person may open: http or https, nothing that a page would run."""
    clean = text.strip()
    if len(clean) > MAX_URL:
        return Reason(
            f"{column}.too_long", f"`{column}` has more than {MAX_URL} characters.", column
        )
    if not is_text(clean) or _WEB.fullmatch(clean) is None:
        return Reason(
            f"{column}.not_one", f"`{column}` is no web address: https://example.com/page.", column
        )
    return clean


def is_text(text: str) -> bool:
    """Whether a database takes it and a person can read it: no half characters, no controls."""
    return not has_control(text) and not any("\ud800" <= c <= "\udfff" for c in text)


def check_time(text: str, zone: str, column: str) -> datetime | Reason:
    """Return the moment (UTC) of an ISO date or date-time, or one as spreadsheets write it.

    Without an offset it is by the clock of `zone`; a date alone is its first moment there.
    """
    found = _moment(unicodedata.normalize("NFKC", text).strip(), zone)
    if found is not None:
        return found
    return Reason(
        f"{column}.not_one", f"“{text[:40]}” is no date: write it as 2026-03-31T18:00:00.", column
    )


def check_state(text: str) -> OrderState | Reason:
    state = _ORDER_STATES.get(text.strip().casefold())
    return state or _no_state(text, OrderState)


def check_case_state(text: str) -> CaseState | Reason:
    state = _CASE_STATES.get(text.strip().casefold())
    return state or _no_state(text, CaseState)


def check_revision(text: str) -> int | Reason:
    if text.isascii() and text.isdigit() and int(text[:20]) <= MOST_REVISION:
        return int(text)
    return Reason("revision.not_one", f"“{text[:40]}” is no revision: a number from 0.", "revision")


def check_sign(amount_minor: int, state: OrderState | None) -> Reason | None:
    """Say why an amount below 0 is refused: only what was returned has one."""
    if amount_minor >= 0 or state is OrderState.RETURNED:
        return None
    return Reason(
        "amount.negative",
        "Only what was returned has an amount below 0: say so in `state`.",
        "amount",
    )


def check_cost(
    cost_minor: int | None, amount_minor: int | None, column: str = "cost"
) -> Reason | None:
    """Say why a cost below 0 is refused: only a return, whose amount is below 0, takes one back.

    Anywhere else it would be profit that nobody made.
    """
    if cost_minor is None or cost_minor >= 0 or (amount_minor is not None and amount_minor < 0):
        return None
    text = "Only a return, whose amount is below 0, has a cost below 0."
    return Reason("cost.negative", text, column)


def version_of(revision: int | None, state_at: datetime | None) -> Version:
    return Version(revision, state_at)


def _no_state(text: str, states: type[E]) -> Reason:
    return Reason(
        "state.unknown", f"There is no state “{text[:40]}”; there are {', '.join(states)}.", "state"
    )


@lru_cache(maxsize=16_384)
def _moment(text: str, zone: str) -> datetime | None:
    day = _DAY.fullmatch(text[:64])
    if day is None:
        return None
    year, month, date, clock = day.groups()
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        return None
    try:
        moment = datetime(int(year), int(month), int(date), tzinfo=ZoneInfo(zone))
        return (moment if clock is None else _at(moment, clock.strip())).astimezone(UTC)
    except ValueError:
        return None


def _at(day: datetime, clock: str) -> datetime:
    """Raises ValueError where it is no time of day."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    hour, minute, second, fraction, offset = found.groups()
    moment = day.replace(
        hour=int(hour),
        minute=int(minute),
        second=int(second or 0),
        microsecond=int((fraction or "").ljust(6, "0")[:6]),
    )
    if offset is None:
        return moment
    shown = "+00:00" if offset in "Zz" else offset
    return datetime.fromisoformat(f"{moment.replace(tzinfo=None).isoformat()}{shown}")
