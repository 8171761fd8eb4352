"""In which languages a text may be said to a customer of another. Pure.

The console (features/setup/domain/near.ts) and the widget (panel/near.ts) have the same rule, and
one table of cases for all three: tests/unit/contacts/near_languages.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCRIPT = re.compile(r"-([a-z]{4})(?![a-z0-9])", re.I)
_REGION = re.compile(r"-([a-z]{2})(?![a-z0-9])", re.I)
_TRADITIONAL = frozenset({"tw", "hk", "mo"})
_SAME_AS_USUAL = frozenset({"zh-cn", "zh", "zh-hans", "zh-hans-cn", "en"})


def nearest(tags: Iterable[str], wanted: str) -> list[str]:
    """Return the tags (BCP 47) whose words count for a language before the usual text, best first.

    The very language; what it is a part of ("fr" for "fr-CA"); another region's in its script
    ("zh-TW" for "zh-HK"), but not where a usual text stands in that script: "zh" and "zh-CN" are
    never told what is said in "zh-TW", nor "en" what is said in "en-GB"; last Chinese or English.
    """
    ranked = [(rank, tag) for tag in tags if (rank := _rank(tag, wanted)) is not None]
    return [tag for _, tag in sorted(ranked)]


def base_of(language: str) -> str:
    """Return the language of ours that is usual for one: "zh-CN" for any Chinese, else "en"."""
    return "zh-CN" if _stem(language) == "zh" else "en"


def _rank(tag: str, wanted: str) -> tuple[int, int, bool] | None:
    one, other, usual = tag.lower(), wanted.lower(), base_of(wanted)
    scripts = {_script(one), _script(other)}
    alike = _stem(one) == _stem(other) and (len(scripts) == 1 or "" in scripts)
    has_usual = _stem(one) == "en" or _script(other) == "hans"
    if one == other:
        return 0, 0, False
    if alike and other.startswith(f"{one}-"):
        return 1, -len(one), False
    if alike and not has_usual:
        return 2, 0, _region(one) not in ("", _region(other))
    if one in _SAME_AS_USUAL and base_of(one) == usual:
        return 3, 0, one != usual.lower()
    return None


def _stem(language: str) -> str:
    return language.partition("-")[0].lower()


def _script(language: str) -> str:
    """Return what the tag says of the script in small letters; Chinese always has one."""
    if found := _SCRIPT.search(language):
        return found[1].lower()
    if _stem(language) != "zh":
        return ""
    return "hant" if _region(language) in _TRADITIONAL else "hans"


def _region(language: str) -> str:
    found = _REGION.search(language)
    return found[1].lower() if found else ""
