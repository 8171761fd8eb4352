"""Bytes of unknown honesty → text. Pure.

Real mail names its charset wrongly, in dead dialects or not at all. Only codecs of the list below
are used: Python also offers `punycode`, `idna` and `unicode_escape`, which a hostile mail could ask
for.
"""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_SAMPLE_BYTES = 65_536
_MIN_STATISTICS_BYTES = 64  # below that, statistics about letters are a coin toss

# What senders write → the widest codec that reads it (WHATWG Encoding, and what Windows really
# did).
_ALIASES = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "unicode-1-1-utf-7": "utf-7",
    "utf-7": "utf-7",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "chinese": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-eten": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "cp950": "cp950",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
_ALLOWED = frozenset(
    str.split(
        """
        utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be gb18030 gbk
        gb2312 hz big5 big5hkscs cp950 cp949 euc_kr johab iso2022_kr cp932 shift_jis shift_jis_2004
        shift_jisx0213 euc_jp euc_jis_2004 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004
        iso2022_jp_3 iso2022_jp_ext koi8-r koi8-u koi8-t kz1048 ptcp154 mac-roman mac-cyrillic
        mac-greek mac-turkish tis-620 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6
        iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15
        iso8859-16 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp862 cp864 cp865 cp866 cp869
        cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
        """
    )
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_HEADER_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Overrides turn "gpj.exe" into a picture before the reader's eyes; the marks that names need stay.
_BIDI_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufeff]")


def find_codec(charset: str | None) -> str | None:
    """Return the codec to use for a charset label from a mail, or None if it is unknown."""
    if not charset:
        return None
    label = charset.strip().strip("\"'").lower()[:40]
    label = _ALIASES.get(label, label)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return name if name in _ALLOWED else None


def decode(data: bytes, charset: str | None = None, hint: str | None = None) -> str:
    """Decode `data` as labelled, else as UTF-8, else as `hint`, else by guess; never fails.

    A label that does not fit is tried last with replacement characters only when nothing else fits.
    """
    labelled = find_codec(charset)
    hinted = find_codec(hint)
    for codec in (labelled, "utf-8", hinted):
        if codec is None:
            continue
        try:
            return data.decode(codec)
        except (UnicodeError, ValueError):
            continue
    if (labelled is not None and labelled != "utf-8") or _mostly_utf8(data):
        return data.decode(labelled or "utf-8", "replace")
    return _guess(data)


def _mostly_utf8(data: bytes) -> bool:
    """Say whether only a few characters (cut ones, stray bytes) keep `data` from being UTF-8."""
    text = data[:_SAMPLE_BYTES].decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for character in text if character > "\x7f") - wrong
    return wrong * 10 < right


def _guess(data: bytes) -> str:
    # Chinese customers are the common case of unlabelled 8-bit mail: strict GB18030 first.
    sample = data[:_SAMPLE_BYTES]
    try:
        text = data.decode("gb18030")
    except UnicodeError:
        text = ""
    if text and _plausible_chinese(text):
        return text
    codec = None
    if len(data) >= _MIN_STATISTICS_BYTES:
        best = charset_normalizer.from_bytes(sample).best()
        codec = find_codec(best.encoding) if best is not None else None
    return data.decode(codec or "cp1252", "replace")


def _plausible_chinese(text: str) -> bool:
    """Say whether what is not ASCII is mostly the everyday characters of GB 2312.

    Western 8-bit text reads as GB18030 too, but as rare characters of its later zones.
    """
    wide = [character for character in text[:5_000] if character > "\x7f"]
    common = 0
    for character in wide:
        try:
            character.encode("gb2312")
        except UnicodeError:
            continue
        common += 1
    return bool(wide) and common >= 0.9 * len(wide)


def scrub_text(text: str) -> str:
    """Return body text with \\n line ends and without NUL, controls, lone surrogates and BOMs."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def scrub_line(text: str) -> str:
    """Return a header value as one line: CR, LF, NUL and other controls become one space.

    An encoded word may hold a line end; written out unscrubbed it would inject headers.
    """
    return _BIDI_OVERRIDES.sub("", _HEADER_BREAK.sub(" ", text)).strip()
