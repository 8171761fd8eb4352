"""What a text is compared by: its search tokens and the meanings of its words. Pure.

Customers and shops name one thing by different words and in two languages; `meanings.txt` says
which words mean the same. A meaning is a token of its own, found in both texts. Latin words that
nobody else used are read as the known word they were probably meant to be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from hub.core.text import fold, tokens

MEANING = "ø"  # begins the token of a meaning; folded text has it in no English or Chinese word
MAX_CHARACTERS = 2_000  # of a question: it is at the beginning
MAX_WORDS = 400
_LONGEST_PHRASE = 3  # words of an English phrase
_LEAST_LETTERS = 4  # shorter words are not corrected: too many are near
_LEAST_ALIKE = 0.5
_COMMON_WORDS = """
你好 您好 请问 怎么 怎样 怎么办 什么 为什么 如何 可以 能不能 能否 是不是 有没有 我的
你们 我们 他们 这个 那个 哪里 谢谢 麻烦 一下 现在 已经 还是 因为 所以 但是 就是 不是
没有 的 了 吗 呢 啊 吧 呀 哦 是 在 有 我 你 您 他 她 它 们 这 那 就 都 也 很 还
要 想 会 能 和 与 或 给 对 把 被 让 到 从 为 以 及 个 些 请 问 好 么 嘛 亲 客服
在吗 帮忙 帮我
a an the i me my mine you your we us our they them he she it its this that these those is are was
were be been am do does did done have has had will would can could should shall may might must and
or but if then so because as of to in on at by for from with about into over after before how what
why where who which whose there here please thank thanks hi hello hey dear sir madam ok just some
any all also very too really get got want need know help tell try im ive id dont t s m ve re ll d
"""


class Meanings(NamedTuple):
    """`han`: pieces of folded text; `latin`: phrases as tokens; each with what it means."""

    han: Mapping[str, tuple[str, ...]]
    latin: Mapping[tuple[str, ...], tuple[str, ...]]
    longest: int

    def words(self) -> set[str]:
        """Every Latin word of the phrases."""
        return {word for phrase in self.latin for word in phrase}


def words_of(text: str, limit: int = MAX_CHARACTERS) -> list[str]:
    """Return the distinct tokens of the first `limit` characters of `text`, meanings at the end."""
    return with_meanings(text[:limit], tokens(text[:limit]))


def with_meanings(text: str, found: Sequence[str]) -> list[str]:
    """Return the distinct `found` tokens of `text` (Latin ones perhaps corrected) and meanings."""
    known = meanings()
    words = dict.fromkeys(found)
    meant: dict[str, None] = {}
    if not text.isascii():
        folded = fold(text)
        for start in range(len(folded)):
            for end in range(start + 1, start + 1 + known.longest):
                for meaning in known.han.get(folded[start:end], ()):
                    meant[meaning] = None
    latin = [word for word in found if word.isascii()]
    for start in range(len(latin)):
        for end in range(start + 1, start + 1 + _LONGEST_PHRASE):
            for meaning in known.latin.get(tuple(latin[start:end]), ()):
                meant[meaning] = None
    return [*list(words)[:MAX_WORDS], *meant]


@cache
def meanings() -> Meanings:
    """Read `meanings.txt`, once."""
    han: dict[str, list[str]] = {}
    latin: dict[tuple[str, ...], list[str]] = {}
    source = resources.files(__package__).joinpath("meanings.txt")
    for line in source.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, chinese, english = line.split(";")
        token = MEANING + key.strip()
        for piece in chinese.split():
            han.setdefault(fold(piece), []).append(token)
        for phrase in english.split(","):
            latin.setdefault(tuple(tokens(phrase)), []).append(token)
    return Meanings(
        {piece: tuple(found) for piece, found in han.items()},
        {phrase: tuple(found) for phrase, found in latin.items()},
        max(map(len, han)),
    )


@cache
def common_words() -> frozenset[str]:
    """Words that every question has, whatever it asks; in a small store nothing else tells."""
    return frozenset(word for piece in _COMMON_WORDS.split() for word in tokens(piece))


def can_be_misspelt(word: str) -> bool:
    """Say whether a word that nobody else used is looked up for the one it was meant to be."""
    return len(word) >= _LEAST_LETTERS and word.isascii() and word.isalpha()


def grams(word: str) -> list[str]:
    """Return the runs of three letters of a word, its edges marked."""
    edged = f"<{word}>"
    return list(dict.fromkeys(edged[at : at + 3] for at in range(len(edged) - 2)))


def spellings(words: Iterable[str], most: int = 300) -> dict[str, list[str]]:
    """Return the words that hold a run of three letters, for each; `words` the commonest first."""
    found: dict[str, list[str]] = {}
    for word in words:
        for gram in grams(word):
            have = found.setdefault(gram, [])
            if len(have) < most:
                have.append(word)
    return found


def corrected(word: str, near: Mapping[str, Collection[str]]) -> str | None:
    """Return the known word that `word` was probably meant to be; None: there is none.

    `near`: known words by run of three letters. Words that share most runs are compared letter by
    letter; one mistake is forgiven, two in words of seven letters and more.
    """
    own = grams(word)
    shared: dict[str, int] = {}
    for gram in own:
        for known in near.get(gram, ()):
            shared[known] = shared.get(known, 0) + 1
    allowed = 2 if len(word) >= 7 else 1
    best: tuple[int, int, str] | None = None
    for known, count in shared.items():
        if abs(len(known) - len(word)) > allowed:
            continue
        if 2 * count < _LEAST_ALIKE * (len(own) + len(known)) and count < len(own) - 4 * allowed:
            continue
        distance = _mistakes(word, known, allowed)
        if distance <= allowed and (best is None or (distance, -count, known) < best):
            best = (distance, -count, known)
    return None if best is None else best[2]


def _mistakes(one: str, other: str, allowed: int) -> int:
    """Letters left out, added, wrong, or two exchanged (Damerau 1964); more than `allowed`: any."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        earlier, before, row = before, row, [at]
        for place, wanted in enumerate(other, 1):
            cost = min(
                before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != wanted)
            )
            if earlier and place > 1 and letter == other[place - 2] and one[at - 2] == wanted:
                cost = min(cost, earlier[place - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return allowed + 1
    return row[-1]
