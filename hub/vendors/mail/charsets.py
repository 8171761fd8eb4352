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
_STATISTICS_BYTES = 8_192
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
    "gb18030-2005": "gb18030",
    "gb18030-2022": "gb18030",
    "x-gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
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
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "cp-1251": "cp1251",
    "win-1251": "cp1251",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "ansi": "cp1252",
    "x-euc-jp": "euc_jp",
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
_ASIAN = ("gb18030", "euc_jp", "cp932", "cp949", "big5hkscs")
_TWO_BYTES = frozenset((*_ASIAN, "cp950", "gbk", "gb2312", "big5", "euc_kr", "shift_jis"))
_WIDER = {"big5hkscs": ("cp950",), "cp950": ("big5hkscs",), "euc_jp": ("euc_jis_2004",)}
_SEVEN_BITS = re.compile(r"iso2022|hz|utf-7")
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\(J|\(I|\$\([DOPQ])")
_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([A-Z]|\([A-Z])")
# Hangul of KS X 1001 and its signs; the frequent characters of Big5 and its signs.
_HANGUL_LEADS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xaf\xb0-\xc8][\xa1-\xfe])*")
_BIG5_LEADS = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xa3\xa4-\xc6][\x40-\x7e\xa1-\xfe])*")
_WORDS = re.compile(rb"[\xb0-\xc8][\xa1-\xfe] [\xb0-\xc8][\xa1-\xfe]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff]")
_HEADER_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LABEL = re.compile(r"[A-Za-z0-9][\w.:+-]*", re.ASCII)
# Overrides turn "gpj.exe" into a picture before the reader's eyes; the marks that names need stay.
_BIDI_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069\ufeff]")


def find_codec(charset: str | None) -> str | None:
    """Return the codec to use for a charset label from a mail, or None if it is unknown."""
    if not charset:
        return None
    found = _LABEL.search(charset[:200])
    if found is None:
        return None
    label = found.group(0).lower()[:40]
    label = _ALIASES.get(label, label)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return name if name in _ALLOWED else None


def decode(data: bytes, charset: str | None = None, hint: str | None = None) -> str:
    """Decode `data` as labelled, else as UTF-8, else as `hint`, else by guess; never fails.

    A label that does not fit is tried last, with replacement characters, where nothing else fits.
    """
    labelled = find_codec(charset)
    if b"\x1b" in data and labelled in (None, "utf-8"):
        labelled = _escaped_codec(data) or labelled
    for codec in (labelled, "utf-8", find_codec(hint)):
        if codec == "utf-8" and labelled is not None and _SEVEN_BITS.match(labelled):
            break  # every broken text of those is valid ASCII
        if codec is None:
            continue
        try:
            text = data.decode(codec)
        except (UnicodeError, ValueError):
            continue
        if codec == labelled and codec != "utf-8" and not data.isascii():
            return _really_utf8(data, text, codec) or text
        return text
    if labelled is not None and labelled != "utf-8":
        return _decode_broken(data, labelled)
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    try:  # characters beyond 16 bits as two surrogates, or one of them alone (CESU-8)
        pairs = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
        return pairs.decode("utf-16-le", "ignore")
    except UnicodeError:
        pass
    return _guess(data)


def _escaped_codec(data: bytes) -> str | None:
    """Return the 7-bit codec whose escapes stand in unlabelled or wrongly labelled text."""
    if b"\x1b$)C" in data:
        return "iso2022_kr"
    return "iso2022_jp_ext" if _JAPANESE_ESCAPE.search(data) else None


def _really_utf8(data: bytes, text: str, codec: str) -> str | None:
    """Return `data` as UTF-8 where a label of another charset lies, else None.

    Text of a single-byte charset is almost never valid UTF-8 by chance; two-byte text may be, so
    there UTF-8 must also read as Chinese, Japanese or Korean, and the label as something odd.
    """
    if codec.startswith("utf") or _SEVEN_BITS.match(codec):
        return None
    try:
        other = data.decode("utf-8")
    except UnicodeError:
        return None
    if codec in _TWO_BYTES:
        wide = [character for character in other[:5_000] if character > "\x7f"]
        asian = sum(1 for character in wide if character >= "\u2e80")
        if asian * 2 < len(wide) or _plausible_chinese(text):
            return None
    return other


def _decode_broken(data: bytes, labelled: str) -> str:
    """Decode text that does not fit its label: by a wider codec, or with the stray bytes marked."""
    if labelled.startswith("iso2022_jp"):
        return _decode_jis(data)
    for codec in _WIDER.get(labelled, ()):
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    text = data.decode(labelled, "replace")
    sample = text[:_SAMPLE_BYTES]
    wrong = sample.count("\ufffd")
    wide = sum(1 for character in sample if character > "\x7f")
    if wrong < 3 or wrong * 4 < wide:
        return text
    guess = _guess(data)
    return guess if guess.count("\ufffd") < wrong else text


def _decode_jis(data: bytes) -> str:
    """Decode ISO-2022-JP as Windows writes it, with the characters of NEC and IBM (① ㈱ 髙)."""
    out: list[str] = []
    two_bytes, kana, position = False, False, 0
    for escape in [*_JIS_ESCAPE.finditer(data), None]:
        run = data[position : escape.start() if escape else len(data)]
        if two_bytes:
            out.append(_shift(run).decode("cp932", "replace"))
        elif kana:
            out.append(bytes(byte | 0x80 for byte in run).decode("cp932", "replace"))
        else:
            out.append(run.decode("cp932", "replace"))
        if escape is not None:
            two_bytes, kana = escape[0][1:2] == b"$", escape[0] == b"\x1b(I"
            position = escape.end()
    return "".join(out)


def _shift(run: bytes) -> bytes:
    """Return JIS X 0208 pairs as Shift_JIS; what is no pair (a line end) stays."""
    out = bytearray()
    index = 0
    while index < len(run):
        if index + 1 < len(run) and 0x21 <= run[index] <= 0x7E and 0x21 <= run[index + 1] <= 0x7E:
            first, second = run[index], run[index + 1]
            second += 0x7E if first % 2 == 0 else (0x20 if second >= 0x60 else 0x1F)
            first = (first + 1) // 2 + (0x70 if first < 0x5F else 0xB0)
            out += bytes((first, second))
            index += 2
        else:
            out.append(run[index])
            index += 1
    return bytes(out)


def _mostly_utf8(data: bytes) -> bool:
    """Say whether only a few characters (cut ones, stray bytes) keep `data` from being UTF-8."""
    text = data[:_SAMPLE_BYTES].decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for character in text if character > "\x7f") - wrong
    return wrong * 10 < right


def _guess(data: bytes) -> str:
    """Decode unlabelled 8-bit text: by the marks of each script, then by statistics."""
    sample = data[:_SAMPLE_BYTES]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    codec = _guess_asian(sample) or _guess_cyrillic(sample)
    if codec is None and len(data) >= _MIN_STATISTICS_BYTES:
        best = charset_normalizer.from_bytes(sample[:_STATISTICS_BYTES]).best()
        codec = find_codec(best.encoding) if best is not None else None
    return data.decode(codec or "cp1252", "replace")


def _guess_asian(sample: bytes) -> str | None:
    # Chinese customers are the common case; the others have letters that Chinese text lacks.
    texts = {codec: _decode_sample(sample, codec) for codec in _ASIAN}
    for codec in ("euc_jp", "cp932"):
        if (text := texts[codec]) and _share(text, "\u3040", "\u30ff") >= 0.2:
            return codec
    if texts["cp949"] and _HANGUL_LEADS.fullmatch(sample) and _WORDS.search(sample):
        return "cp949"
    if (text := texts["gb18030"]) and _plausible_chinese(text):
        return "gb18030"
    if texts["big5hkscs"] and _BIG5_LEADS.fullmatch(sample):
        return "big5hkscs"
    return None


def _decode_sample(sample: bytes, codec: str) -> str:
    try:  # the sample may end within a character
        return codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeError:
        return ""


def _share(text: str, first: str, last: str) -> float:
    """Return how much of what is not ASCII lies between two characters."""
    wide = [character for character in text[:5_000] if character > "\x7f"]
    inside = sum(1 for character in wide if first <= character <= last)
    return inside / len(wide) if wide else 0.0


def _guess_cyrillic(sample: bytes) -> str | None:
    """Russian in KOI8-R or Windows-1251: most letters are high, and small ones are the most."""
    high = sum(1 for byte in sample if byte >= 0xC0)
    latin = sum(1 for byte in sample if 65 <= byte <= 90 or 97 <= byte <= 122)
    if high < 4 or latin > high:
        return None
    return "cp1251" if sum(1 for byte in sample if byte >= 0xE0) * 2 > high else "koi8-r"


def _plausible_chinese(text: str) -> bool:
    """Say whether what is not ASCII is mostly the everyday characters of GB 2312.

    Western 8-bit text reads as GB18030 too, but as rare characters of its later zones; Russian
    as characters of the second level (rows 56 on).
    """
    wide = [character for character in text[:5_000] if character > "\x7f"]
    common = 0
    for character in wide:
        try:
            common += character.encode("gb2312")[0] < 0xD8
        except UnicodeError:
            continue
    return bool(wide) and common >= 0.8 * len(wide)


def scrub_text(text: str) -> str:
    """Return body text with \\n line ends and without NUL, controls, lone surrogates and BOMs."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def scrub_line(text: str) -> str:
    """Return a header value as one line: CR, LF, NUL and other controls become one space.

    An encoded word may hold a line end; written out unscrubbed it would inject headers.
    """
    return _BIDI_OVERRIDES.sub("", _HEADER_BREAK.sub(" ", text)).strip()
