"""Which looks of a stranger's mail may stay: colours, weights, sizes, spaces; nothing else. Pure.

Every declaration is one of a list, and its value is made of colours, lengths and words: nothing
can be fetched, nothing leaves its place, nothing lies over anything else.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MAX_CHARACTERS = 2_000  # of one style; a longer one has no honest purpose
_COLOUR = r"(?:#[0-9a-f]{3,8}|rgba?\([\d\s.,%/]{1,40}\)|hsla?\([\d\s.,%/a-z]{1,40}\)|[a-z]{3,24})"
_LENGTH = r"(?:0|\d{1,4}(?:\.\d{1,4})?(?:px|pt|em|rem|ex|%)?)"
_LINE = r"(?:none|hidden|solid|dashed|dotted|double|groove|ridge|inset|outset)"
_BORDER = rf"(?:{_LENGTH}|{_LINE}|thin|medium|thick|{_COLOUR})"
_SIDES = ("", "-top", "-right", "-bottom", "-left")
_FORMS: dict[str, str] = {
    "color": _COLOUR,
    "background-color": _COLOUR,
    "background": _COLOUR,
    "font-weight": r"(?:normal|bold|bolder|lighter|[1-9]00)",
    "font-style": r"(?:normal|italic|oblique)",
    "font-size": r"(?:[1-9]\d?(?:\.\d{1,4})?(?:px|pt)|[0-4](?:\.\d{1,4})?r?em|[1-3]?\d\d%"
    r"|xx-small|x-small|small|medium|large|x-large|smaller|larger)",
    "line-height": r"(?:normal|[0-4](?:\.\d{1,4})?|\d{1,3}(?:\.\d{1,4})?(?:px|pt|%)"
    r"|[0-4](?:\.\d{1,4})?em)",
    "text-align": r"(?:left|right|center|justify|start|end)",
    "text-decoration": r"(?:none|underline|line-through)",
    "text-transform": r"(?:none|uppercase|lowercase|capitalize)",
    "vertical-align": r"(?:top|middle|bottom|baseline|sub|super|text-top|text-bottom)",
    "white-space": r"(?:normal|nowrap|pre|pre-wrap|pre-line)",
    "display": r"(?:none|block|inline|inline-block|table|table-row|table-cell)",
    "border-collapse": r"(?:collapse|separate)",
    "border-spacing": rf"{_LENGTH}(?:\s+{_LENGTH})?",
    "border-radius": rf"{_LENGTH}(?:\s+{_LENGTH}){{0,3}}",
    "list-style-type": r"[a-z-]{3,24}",
    "width": _LENGTH,
    "max-width": _LENGTH,
    "min-width": _LENGTH,
    **{f"padding{side}": rf"{_LENGTH}(?:\s+{_LENGTH}){{0,3}}" for side in _SIDES},
    **{f"margin{side}": rf"(?:{_LENGTH}|auto)(?:\s+(?:{_LENGTH}|auto)){{0,3}}" for side in _SIDES},
    **{f"border{side}": rf"{_BORDER}(?:\s+{_BORDER}){{0,2}}" for side in _SIDES},
    **{f"border{side}-color": _COLOUR for side in _SIDES},
    **{f"border{side}-width": _BORDER for side in _SIDES},
    **{f"border{side}-style": _LINE for side in _SIDES},
}
_VALUES = {name: re.compile(form) for name, form in _FORMS.items()}
_ATTRIBUTE_COLOUR = re.compile(r"#?[0-9a-zA-Z]{3,24}")


def keep_looks(style: str) -> str | None:
    """Return the declarations of a style attribute that may stay, or None if none may."""
    return _kept(style[:_MAX_CHARACTERS])  # cut before it is remembered: one may have megabytes


@lru_cache(maxsize=4_096)
def _kept(style: str) -> str | None:
    kept: list[str] = []
    for declaration in style.lower().split(";"):
        name, colon, said = declaration.partition(":")
        name = name.strip()
        value = said.replace("!important", "").strip()
        form = _VALUES.get(name)
        if colon and form is not None and form.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept) or None


def keep_colour(value: str) -> str | None:
    """Return the value of a `bgcolor` or `color` attribute if it is a colour, else None."""
    clean = value.strip()
    return clean if _ATTRIBUTE_COLOUR.fullmatch(clean) else None
