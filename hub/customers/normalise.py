"""Addresses of customers in one form, so that the same one is found again however it was written.

Pure. `parse_*` never raises on what people type: it returns a Refusal that says why.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from .model import IdentityKind

_MAX_EMAIL = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_MAX_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1
_MAX_OPAQUE = 200
_MAX_FOLDED = 300  # what is compared of what has no normal form; its column has 320
_MAX_NUMBER = 80

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_EXTENSION_WORDS = re.compile(r"(?:转接|轉接|转|轉|分机|分機|内线|內線)+(?:号|號)?[\s:.]*(?=\d)")
_TRAILING_EXTENSION = re.compile(r"^(?P<number>.*\d)\s*[-－–]\s*(?P<extension>\d{1,6})$")
_BETWEEN_NUMBERS = re.compile(
    r"\s*(?:[、，,;；/|\n]|\s或\s?|或者?|\s(?:or|and)\s)\s*", re.IGNORECASE
)
_ENDS = (8, 7, 6, 4)  # how many of its last digits a number is found by
_SHORT = re.compile(r"^\d{3,6}$")
_FORMATTING = re.compile(r"[\s\-.()/]")

# Caller ids that say there is none. Carriers and Twilio also spell the words on a keypad:
# +266696687 is ANONYMOUS (https://help.twilio.com/articles/223179988).
_ANONYMOUS_WORDS = ("anonymous", "restricted", "blocked", "unknown", "unavailable", "private")
_ANONYMOUS = frozenset(
    {
        "",
        "withheld",
        "asserted identity",
        "匿名",
        "未知",
        "未知号码",
        "隐藏号码",
        "私人号码",
        *_ANONYMOUS_WORDS,
        *(phonenumbers.convert_alpha_characters_in_number(word) for word in _ANONYMOUS_WORDS),
    }
)


# Whose calls are dear by their kind; 070 numbers of Britain are personal ones.
_COSTLY = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
    }
)
_DEAR = _COSTLY - {PhoneNumberType.SHARED_COST}  # firms are reached at those: 400 in China
_NO_COUNTRY = "001"  # satellites and other world-wide services (+870, +881, +979)


@dataclass(frozen=True, slots=True)
class Address:
    """One address in normal form.

    `value` is what is compared; "" means there is none to compare (an anonymous caller).
    `written` is what people are shown and what is sent to.
    """

    kind: IdentityKind
    value: str
    written: str

    @property
    def is_anonymous(self) -> bool:
        return not self.value


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something typed is no address; `code` for programs, `reason` for people."""

    code: str
    reason: str


def parse_address(kind: IdentityKind, text: str, region: str) -> Address | Refusal:
    """Return the normal form of one address. `region`: ISO 3166 code numbers are read in."""
    match kind:
        case IdentityKind.EMAIL:
            return parse_email(text)
        case IdentityKind.PHONE | IdentityKind.FAX:
            return parse_number(kind, text, region)
        case _:
            return _parse_opaque(kind, text)


def accept_address(kind: IdentityKind, text: str, region: str) -> Address:
    """Like `parse_address` for what came in by a channel: nothing is refused, so nothing is lost.

    What has no normal form is compared as it was written.
    """
    if kind is IdentityKind.VISITOR:  # soon done, and there is one for each page: not kept
        return _accept(kind, text, region)
    return _accept_known(kind, text, region)


def _accept(kind: IdentityKind, text: str, region: str) -> Address:
    address = parse_address(kind, text, region)
    if isinstance(address, Address):
        return address
    written = _clean(text)[:_MAX_OPAQUE]
    folded = written.casefold()[:_MAX_FOLDED]  # some letters become three
    return Address(kind, f"raw:{folded}" if folded else "", written)


_accept_known = lru_cache(maxsize=8_192)(_accept)


def parse_email(text: str) -> Address | Refusal:
    """Return an e-mail address with both parts lower-cased and the domain in A-labels (RFC 5891).

    RFC 5321 lets hosts tell apart cases of the local part; none that customers use does, and people
    write theirs both ways. No provider's tricks (dots, +tags): those are different addresses.
    """
    written = unicodedata.normalize("NFKC", _clean(text)).strip("<> \t")
    written = written.removeprefix("mailto:")
    local, at, domain = written.rpartition("@")
    if not at or not local or not domain:
        return Refusal(
            "email.no_at", f"“{_short(text)}” is no e-mail address: it needs name@domain."
        )
    if len(local) > _MAX_LOCAL_PART or len(written) > _MAX_EMAIL:
        return Refusal("email.too_long", f"“{_short(text)}” is too long for an e-mail address.")
    if re.search(r"[\s<>,;:\\()\[\]]", local) or "@" in local.strip('"'):
        return Refusal("email.bad_name", f"“{_short(text)}” has a character no mailbox name has.")
    try:
        host = idna.encode(domain.rstrip(".").lower(), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return Refusal("email.bad_domain", f"“{_short(domain)}” is not a domain name.")
    if "." not in host and host != "localhost":
        return Refusal("email.bad_domain", f"“{_short(domain)}” is not a full domain name.")
    name = local.casefold()
    value = f"{name}@{host}"  # A-labels and "ß" are longer than what was written
    if len(name) > _MAX_LOCAL_PART or len(value) > _MAX_EMAIL:
        return Refusal("email.too_long", f"“{_short(text)}” is too long for an e-mail address.")
    return Address(IdentityKind.EMAIL, value, f"{local}@{domain.lower()}")


@lru_cache(maxsize=8_192)
def parse_number(kind: IdentityKind, text: str, region: str) -> Address | Refusal:
    """Return a phone or fax number as E.164, with ";ext=" where it has an extension (RFC 3966).

    Reads full-width digits, 转 and 分机, "010-88886666-123", sip: and tel: addresses. A short code
    is kept with its region ("short:CN:10086"); a withheld number gives an anonymous Address.
    """
    written = _number_text(text)
    if written.casefold().lstrip("+") in _ANONYMOUS:
        return Address(kind, "", "")
    if len(written) > _MAX_NUMBER or not any(character.isdigit() for character in written):
        return Refusal("number.not_one", f"“{_short(text)}” is not a telephone number.")
    number = _parse_full(written, region)
    if number is not None:
        value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        if number.extension:
            value = f"{value};ext={number.extension}"
        return Address(kind, value, _number_display(number, region))
    digits = _FORMATTING.sub("", written)
    if _SHORT.match(digits):
        return Address(kind, f"short:{region}:{digits}", digits)
    return Refusal(
        "number.impossible",
        f"“{_short(text)}” is not a number that exists in {region}: check its length, or write it"
        " with + and the country code.",
    )


def parse_dialled(text: str, region: str) -> str | Refusal:
    """Return a number that can be called, in E.164 without its extension.

    Stricter than what is kept of a customer: a short code or a number that no plan has is refused.
    """
    address = parse_number(IdentityKind.PHONE, text, region)
    if isinstance(address, Refusal):
        return address
    value = address.value.partition(";")[0]
    if value.startswith("+") and phonenumbers.is_valid_number(phonenumbers.parse(value)):
        return value
    return Refusal(
        "number.not_callable",
        f"“{_short(text)}” cannot be called: write the whole number, from abroad with + and the"
        " country code.",
    )


def parse_numbers(kind: IdentityKind, text: str, region: str) -> list[Address] | Refusal:
    """Read a field that may hold several numbers ("010-88886666转1 / 13800138000")."""
    whole = parse_number(kind, text, region)
    if isinstance(whole, Address):
        return [] if whole.is_anonymous else [whole]
    parts = [part for part in _BETWEEN_NUMBERS.split(unicodedata.normalize("NFKC", text)) if part]
    found: list[Address] = []
    for part in parts:
        address = parse_number(kind, part, region)
        if isinstance(address, Refusal):
            return address if len(parts) > 1 else whole
        found.append(address)
    return found or whole


def mask(kind: IdentityKind, written: str) -> str:
    """Return `written` as agents see it by default: 138****8000, an***@example.com."""
    if kind in (IdentityKind.PHONE, IdentityKind.FAX):
        places = [index for index, character in enumerate(written) if character.isdigit()]
        if len(places) < 7:
            return written
        hidden = set(places[-8:-4] if len(places) > 8 else places[2:-3])
        return "".join("*" if index in hidden else c for index, c in enumerate(written))
    if kind is IdentityKind.EMAIL:
        local, _, domain = written.rpartition("@")
        return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"
    return written


def number_search_words(value: str) -> str:
    """Return the forms of a number people search by: whole, national, and its last digits: the
    subscriber's number without an area code (6 to 8 digits), and four.
    """
    digits = re.sub(r"\D", "", value.split(";", 1)[0])
    if value.startswith("short:") or len(digits) < 7:
        return digits
    national = _national(digits) if value.startswith("+") else digits
    ends = [national[-n:] for n in _ENDS if n < len(national)]
    return " ".join(dict.fromkeys([digits, national, *ends]))


def as_digits(typed: str) -> str:
    """Return a number somebody typed without what sets its digits apart; other text as it is."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    digits = _FORMATTING.sub("", plain)
    if not re.fullmatch(r"\+?\d{4,20}", digits):
        return typed
    return digits.removeprefix("+").removeprefix("00")


def _national(digits: str) -> str:
    """Return the digits of an E.164 number after its country code, which no other begins with."""
    for length in (1, 2, 3):
        if int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[length:].lstrip("0")
    return digits


def number_region(value: str) -> str | None:
    """Return the ISO 3166 region of an E.164 number, "001" for one of no country, or None."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(value))


def callable_number(value: str) -> str | None:
    """Return the number in E.164 by which a kept one (`Address.value`) is called, without its
    extension; None for what is called of nobody's own accord: short codes, what was never a number,
    numbers of no plan, premium ones, personal ones, pagers, satellites.
    """
    number = value.partition(";")[0]
    if not number.startswith("+"):
        return None
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed) or number_region(number) == _NO_COUNTRY:
        return None
    return None if phonenumbers.number_type(parsed) in _DEAR else number


def is_costly(value: str) -> bool:
    """Say whether an E.164 number is of a kind that callers are charged for beyond the usual:
    premium rate, shared cost, personal, pagers, satellites.
    """
    if number_region(value) == _NO_COUNTRY:
        return True
    return phonenumbers.number_type(phonenumbers.parse(value)) in _COSTLY


def number_origin(value: str, language: str) -> str | None:
    """Return where an E.164 number is from (归属地), in `language`, or None."""
    from phonenumbers import geocoder  # its tables are large: loaded when first asked

    try:
        number = phonenumbers.parse(value.split(";", 1)[0])
    except NumberParseException:
        return None
    return geocoder.description_for_number(number, language.split("-")[0]) or None


def _number_text(text: str) -> str:
    written = unicodedata.normalize("NFKC", _clean(text)).strip()
    lowered = written.casefold()
    if lowered.startswith(("sip:", "sips:", "tel:")):
        written = written.split(":", 1)[1].split("@", 1)[0]
        written = re.sub(r";(?!ext=).*$", "", written)
    return _EXTENSION_WORDS.sub(";ext=", written)


def _parse_full(written: str, region: str) -> PhoneNumber | None:
    """Return a number that is valid, else one that is at least possible, else None."""
    candidates: list[tuple[str, str | None]] = [(written, None)]
    split = _TRAILING_EXTENSION.match(written)
    if split:
        candidates.append((split["number"], split["extension"]))
    possible: PhoneNumber | None = None
    for text, extension in candidates:
        try:
            number = phonenumbers.parse(text, region)
        except NumberParseException:
            continue
        if extension is not None and not number.extension:
            number.extension = extension
        if phonenumbers.is_valid_number(number):
            return number
        if possible is None and written.startswith("+") and phonenumbers.is_possible_number(number):
            possible = number
    return possible


def _number_display(number: PhoneNumber, region: str) -> str:
    """National form inside `region`, international elsewhere, as people there write it."""
    form = PhoneNumberFormat.INTERNATIONAL
    if phonenumbers.region_code_for_number(number) == region:
        form = PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(number, form)


def _parse_opaque(kind: IdentityKind, text: str) -> Address | Refusal:
    written = unicodedata.normalize("NFC", " ".join(_clean(text).split()))
    if not written:
        return Refusal(f"{kind.value}.empty", "The id is empty.")
    if len(written) > _MAX_OPAQUE:
        return Refusal(f"{kind.value}.too_long", f"The id is longer than {_MAX_OPAQUE} characters.")
    return Address(kind, written, written)


def has_control(text: str) -> bool:
    """Say whether there is something in it that nobody types: line ends, direction marks, NUL."""
    return _CONTROL.search(text) is not None


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).encode("utf-8", "ignore").decode().strip()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
