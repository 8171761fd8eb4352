"""How many parts a text has on its way: by the alphabet it needs.

Sources: 3GPP TS 23.038 §6.2.1 (the seven-bit alphabet and its extension table), TS 23.040
§9.2.3.24.1 (parts of one message carry six bytes of header). Pure.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # each takes two places: an escape before it

LONGEST = 1_600  # characters of one message, the provider's limit (error 21617)


class Alphabet(StrEnum):
    GSM = "gsm"  # 160 places, 153 in each of several parts
    UCS2 = "ucs2"  # 70 places, 67 in each of several parts


_PLACES = {Alphabet.GSM: (160, 153), Alphabet.UCS2: (70, 67)}


class Counted(NamedTuple):
    """`places`: how many are taken; `left`: how many are free in the last part."""

    alphabet: Alphabet
    parts: int
    places: int
    left: int


def count_parts(text: str) -> Counted:
    """Return how a text is sent; no text has no part.

    A character that takes two places is never cut in two: it goes to the next part whole.
    """
    alphabet = Alphabet.GSM if all(map(_is_seven_bit, text)) else Alphabet.UCS2
    alone, among = _PLACES[alphabet]
    sizes = [_size(character, alphabet) for character in text]
    places = sum(sizes)
    if places <= alone:
        return Counted(alphabet, 1 if text else 0, places, alone - places)
    parts, taken = 1, 0
    for size in sizes:
        if taken + size > among:
            parts, taken = parts + 1, 0
        taken += size
    return Counted(alphabet, parts, places, among - taken)


def _is_seven_bit(character: str) -> bool:
    return character in BASIC or character in EXTENSION


def _size(character: str, alphabet: Alphabet) -> int:
    if alphabet is Alphabet.GSM:
        return 2 if character in EXTENSION else 1
    return 2 if ord(character) > 0xFFFF else 1
