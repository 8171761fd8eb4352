"""Chinese names in Latin letters, as people type them: 陈晓梅 as chenxiaomei, chenxm, cxm, xiaomei.

Readings are those of pypinyin's table of single characters, without tones; surnames that are read
otherwise than the same character elsewhere have a table here. Pure: no I/O but that table, once.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

from hub.core.text import fold

_MAX_CHARACTERS = 12  # of one name: what comes later in a firm's name is found by characters only
_MAX_READINGS = 3  # of one character; the table has the usual ones first
_MAX_SPELLINGS = 8  # of a person's name; a firm's is spelled as it is most likely read
_LAST_CODE = 0xFFFF  # what lies beyond is in no name we know of
_PERSONS = 4  # characters that a person's name has at most

_SURNAMES = {
    "万俟": ("moqi",),
    "尉迟": ("yuchi",),
    "澹台": ("tantai",),
    "长孙": ("zhangsun",),
    "乐": ("yue", "le"),
    "任": ("ren",),
    "仇": ("qiu",),
    "冼": ("xian",),
    "区": ("ou",),
    "单": ("shan",),
    "召": ("shao",),
    "员": ("yun",),
    "句": ("gou",),
    "宓": ("mi", "fu"),
    "应": ("ying",),
    "折": ("she",),
    "曾": ("zeng",),
    "朴": ("piao",),
    "查": ("zha",),
    "洗": ("xian",),
    "燕": ("yan",),
    "盖": ("ge", "gai"),
    "祭": ("zhai", "ji"),
    "种": ("chong",),
    "秘": ("bi", "mi"),
    "繁": ("po", "fan"),
    "纪": ("ji",),
    "缪": ("miao", "mou"),
    "翟": ("zhai", "di"),
    "覃": ("qin", "tan"),
    "解": ("xie",),
    "谌": ("chen", "shen"),
    "贾": ("jia",),
    "车": ("che",),
    "过": ("guo",),
    "那": ("na",),
    "都": ("du",),
    "隗": ("kui", "wei"),
    "黑": ("he", "hei"),
}

_IN_FIRMS = {  # words in which a character is not read as it most often is
    "东莞": ("dong", "guan"),
    "会计": ("kuai", "ji"),
    "六安": ("lu", "an"),
    "厦门": ("xia", "men"),
    "商行": ("shang", "hang"),
    "朝阳": ("chao", "yang"),
    "番禺": ("pan", "yu"),
    "蚌埠": ("beng", "bu"),
    "车行": ("che", "hang"),
    "长": ("chang",),
    "重庆": ("chong", "qing"),
    "银行": ("yin", "hang"),
    "音乐": ("yin", "yue"),
}


def search_words(name: str) -> list[str]:
    """Return the words by which a name with Han characters is found in Latin letters.

    From every character on: what follows written together, its first letters, and the character by
    itself; so the beginning of any of them will do. Of a person also the surname with the first
    letters of the rest, and behind it. A name without Han characters has none.
    """
    words: dict[str, None] = {}
    for run in _runs(name):
        for syllables in _spellings(run):
            for start, syllable in enumerate(syllables):
                rest = syllables[start:]
                words[syllable] = None
                words["".join(rest)] = None
                if len(rest) > 1:
                    words[_initials(rest)] = None
            if len(run) <= _PERSONS and len(syllables) > 1:
                words[syllables[0] + _initials(syllables[1:])] = None
                words["".join(syllables[1:]) + syllables[0]] = None
    return list(words)


def romanised(name: str) -> frozenset[str]:
    """Return how a person's name is written in Latin letters, as one word each: 陈晓梅 as
    chenxiaomei and xiaomeichen. Empty for what is no Chinese person's name."""
    runs = list(_runs(name))
    if len(runs) != 1 or not 2 <= len(runs[0]) <= _PERSONS or fold(name).strip() != runs[0]:
        return frozenset()
    written = set()
    for surname, *given in _spellings(runs[0]):
        written |= {surname + "".join(given), "".join(given) + surname}
    return frozenset(written)


def _runs(name: str) -> Iterator[str]:
    """Yield the runs of characters that have a reading, as far as a name is looked at."""
    run = ""
    for character in fold(name):
        if character in _marked():
            run += character
        elif run:
            yield run[:_MAX_CHARACTERS]
            run = ""
    if run:
        yield run[:_MAX_CHARACTERS]


def _spellings(run: str) -> Iterator[Sequence[str]]:
    """Yield the syllables of a run, first as it is most likely read; a surname of two characters is
    one syllable here."""
    if len(run) > _PERSONS:
        yield _as_firm(run)
        return
    surname = next((one for one in (run[:2], run[:1]) if one in _SURNAMES), "")
    read: list[Sequence[str]] = [_reading(character) for character in run[len(surname) :]]
    if surname:  # the character's other readings too: a firm may begin with it
        known = (*_SURNAMES[surname], *(_reading(surname) if surname in _marked() else ()))
        read.insert(0, list(dict.fromkeys(known))[:_MAX_READINGS])
    yield from islice(product(*read), _MAX_SPELLINGS)


def _as_firm(run: str) -> list[str]:
    read = [_reading(character)[0] for character in run]
    for word, syllables in _IN_FIRMS.items():
        if (at := run.find(word)) >= 0:
            read[at : at + len(word)] = syllables
    return read


def _initials(syllables: Sequence[str]) -> str:
    return "".join(syllable[0] for syllable in syllables)


@cache  # as many as there are in the table, at most
def _reading(character: str) -> tuple[str, ...]:
    """Return the readings without tones of a character that is in the table."""
    return _toneless(_marked()[character])


@cache
def _marked() -> dict[str, str]:
    """Each character's readings as the table has them: "lǜ,shuài". Tones are taken off one by one,
    as characters are met: all at once would hold up the first write with a name for half a second.
    """
    package = find_spec("pypinyin")  # not imported: that takes a dictionary of phrases into memory
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ModuleNotFoundError("pypinyin is not installed: run make env, or pip install it.")
    table = json.loads((Path(folders[0]) / "pinyin_dict.json").read_text("utf-8"))
    codes = {int(code): marked for code, marked in table.items()}
    return {chr(code): marked for code, marked in codes.items() if code <= _LAST_CODE}


def _toneless(marked: str) -> tuple[str, ...]:
    """Return "lǜ,shuài" as ("lv", "lu", "shuai"). 吕 is lü: people type lv or lu."""
    plain: dict[str, None] = {}
    for one in marked.split(",")[:_MAX_READINGS]:
        # A tone is an accent; the dots of ü (U+0308) are not.
        letters = unicodedata.normalize("NFD", one)
        bare = "".join(c for c in letters if c == "\u0308" or not unicodedata.combining(c))
        for spelled in (bare.replace("u\u0308", "v"), bare.replace("\u0308", "")):
            plain["".join(c for c in spelled if "a" <= c <= "z")] = None
    return tuple(word for word in plain if word)
