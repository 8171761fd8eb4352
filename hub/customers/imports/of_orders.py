"""Headers that files of orders have and files of customers have not. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.errors import Invalid

from .csv_file import plain_header

ORDERED_AT = """下单时间 下单日期 订单时间 订单日期 日期 时间
    orderedat orderdate ordertime date createdat"""
AMOUNT = """金额 订单金额 实付金额 总金额 总价
    amount total totalamount orderamount ordertotal"""
CUSTOMER = "customerexternalid"  # the other words for it name customers in their own files, too

_OF_EITHER = frozenset(["日期", "时间", "date", "createdat"])  # of customers as well: made when
_TIMES = frozenset(ORDERED_AT.split())
_TELLING = (_TIMES - _OF_EITHER) | {CUSTOMER}


def check_no_orders(header: Iterable[str]) -> None:
    """Raise Invalid for the header of a file of orders, whose numbers are nobody's."""
    words = {plain_header(name): name for name in header}
    found = words.keys() & _TELLING
    amounts = words.keys() & frozenset(AMOUNT.split())
    if amounts and words.keys() & _TIMES:
        found = found | amounts | (words.keys() & _TIMES)
    if found:
        named = ", ".join(name[:40] for word, name in words.items() if word in found)
        raise Invalid(
            f"This looks like a file of orders ({named}): bring it with hub import orders. For one"
            " of customers, leave those columns out.",
            code="import.orders",
        )
