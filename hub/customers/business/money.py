"""Amounts of money: as people and systems write them, exactly, in minor units. Pure, no floats."""

from __future__ import annotations

import re
import unicodedata

from hub.customers.imports.model import Reason

MOST_MINOR = 10**15  # what a program that reads JSON numbers as doubles still gets exactly

# ISO 4217: the codes in use, by how many decimals their minor unit has.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_TWO_DECIMALS = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN
    BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
    LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
    NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG
    XSU XUA YER ZAR ZMW ZWG ZWL"""
_DECIMALS = {
    code: decimals
    for decimals, codes in enumerate(
        (_NO_DECIMALS, "", _TWO_DECIMALS, _THREE_DECIMALS, _FOUR_DECIMALS)
    )
    for code in codes.split()
}
CURRENCIES = frozenset(_DECIMALS)
# What shops write instead; of a sign that several currencies have, the one it means most often.
_WORDS = {
    "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY", "元": "CNY", "¥": "CNY", "￥": "CNY",
    "CN¥": "CNY", "US$": "USD", "$": "USD", "美元": "USD", "€": "EUR", "欧元": "EUR", "£": "GBP",
    "英镑": "GBP", "HK$": "HKD", "港币": "HKD", "港元": "HKD", "日元": "JPY", "日圆": "JPY",
}  # fmt: skip

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_SIGNS = "¥$€£元圆円"
_MOST_DIGITS = 24


def decimals_of(currency: str) -> int:
    """Return how many decimals the minor unit of a currency has (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def check_currency(text: str) -> str | Reason:
    """Return an ISO 4217 code in capitals, of the code or of a word or sign that shops write."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    code = _WORDS.get(code, code)
    if code in CURRENCIES:
        return code
    return Reason(
        "currency.unknown", f"“{text[:20]}” is no currency: write its ISO code, CNY.", "currency"
    )


def parse_amount(text: str, currency: str, column: str = "amount") -> int | Reason:
    """Return an amount written in major units ("1,234.50", full-width digits too) in minor units.

    `currency` is a checked code. What the currency cannot pay exactly is refused, never rounded.
    """
    written = unicodedata.normalize("NFKC", text).strip().strip(_SIGNS).strip()
    written = written.replace("\u2212", "-").replace(" ", "")
    decimals = decimals_of(currency)
    if len(written) > _MOST_DIGITS or not _is_amount(written, decimals):
        return Reason(
            f"{column}.not_one", f"“{text[:40]}” is no amount: write it as 1234.50.", column
        )
    whole, _, fraction = written.replace(",", "").partition(".")
    if fraction[decimals:].strip("0"):
        most = f"at most {decimals} decimals" if decimals else "no decimals"
        return Reason(f"{column}.too_fine", f"“{text[:40]}”: {currency} has {most}.", column)
    minor = int(whole + fraction[:decimals].ljust(decimals, "0"))
    return minor if abs(minor) <= MOST_MINOR else too_large(text, column)


def too_large(text: str, column: str) -> Reason:
    """Return why an amount is refused that no business has."""
    return Reason(f"{column}.too_large", f"“{text[:40]}” is too large to be an amount.", column)


def _is_amount(written: str, decimals: int) -> bool:
    if _PLAIN.fullmatch(written):
        return True
    if not _GROUPED.fullmatch(written):
        return False
    # "1,234" in a currency of three decimals may be one and a bit: nobody can know
    return decimals < 3 or written.count(",") > 1 or "." in written
