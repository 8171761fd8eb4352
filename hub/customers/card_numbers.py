"""Card numbers are masked before what is said or written is stored, unless the set-up says not to.

Whatever keeps words of customers or staff passes them through one of these where it writes them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hub.core.card_numbers import (
    mask_card_numbers,
    mask_card_numbers_in_file_name,
    mask_card_numbers_in_html,
)
from hub.storage import Tx

from .settings import load_customer_settings


def hides_card_numbers(tx: Tx) -> bool:
    """Say whether the set-up has card numbers masked; it does unless told otherwise."""
    return load_customer_settings(tx).privacy.hide_card_numbers


def hide_card_numbers(tx: Tx, text: str) -> str:
    """Return a text as it may be stored. The set-up is read only where there is a number."""
    return hider(tx)(text)


def hider(tx: Tx) -> Callable[[str], str]:
    """Return the same for many texts: the set-up is read once at the most."""
    hides = cache(lambda: hides_card_numbers(tx))

    def hide(text: str) -> str:
        masked = mask_card_numbers(text)
        return masked if masked != text and hides() else text

    return hide


def hide_card_numbers_in_html(tx: Tx, html: str) -> str:
    """Return HTML as it may be stored."""
    masked = mask_card_numbers_in_html(html)
    return masked if masked != html and hides_card_numbers(tx) else html


def hide_card_numbers_in_file_name(tx: Tx, name: str) -> str:
    """Return what a file is called as it may be stored."""
    masked = mask_card_numbers_in_file_name(name)
    return masked if masked != name and hides_card_numbers(tx) else name
