"""Addresses in one form, however they were written."""

import pytest

from hub.customers.model import IdentityKind
from hub.customers.normalise import (
    Address,
    Refusal,
    accept_address,
    callable_number,
    mask,
    number_origin,
    number_search_words,
    parse_address,
    parse_email,
    parse_number,
    parse_numbers,
)

PHONE = IdentityKind.PHONE


def number(text: str, region: str = "CN") -> str:
    parsed = parse_number(PHONE, text, region)
    assert isinstance(parsed, Address), parsed
    return parsed.value


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "008613800138000",
        "8613800138000",
        "０１３８００１３８０００",
        "１３８００１３８０００",
        "17951 13800138000",
        "tel:+8613800138000",
        "sip:+8613800138000@gateway.example.com;user=phone",
        "\u202a13800138000\u202c",
    ],
)
def test_one_number_has_one_form(written: str) -> None:
    assert number(written) == "+8613800138000"


@pytest.mark.parametrize(
    "written",
    ["010-88886666转12", "010-88886666 分机 12", "010-88886666-12", "(010) 8888 6666 ext. 12"],
)
def test_extensions_are_understood(written: str) -> None:
    assert number(written) == "+861088886666;ext=12"


def test_the_region_of_the_entry_point_decides() -> None:
    assert number("650 253 0000", "US") == "+16502530000"
    assert isinstance(parse_number(PHONE, "650 253 0000", "GB"), Refusal)


@pytest.mark.parametrize("code", ["10086", "95588", "110"])
def test_short_codes_keep_their_region(code: str) -> None:
    assert number(code) == f"short:CN:{code}"


@pytest.mark.parametrize(
    "written", ["", "anonymous", "Restricted", "+266696687", "+86282452253", "未知号码", " "]
)
def test_withheld_numbers_identify_nobody(written: str) -> None:
    parsed = parse_number(PHONE, written, "CN")
    assert isinstance(parsed, Address)
    assert parsed.is_anonymous


@pytest.mark.parametrize("written", ["abc", "12", "1" * 30, "+999 123", "陈小明"])
def test_what_is_no_number_is_refused_with_a_sentence(written: str) -> None:
    parsed = parse_number(PHONE, written, "CN")
    assert isinstance(parsed, Refusal)
    assert parsed.reason.endswith(".")


def test_several_numbers_in_one_field_are_all_read() -> None:
    found = parse_numbers(PHONE, "13800138000 / 010-88886666转1", "CN")
    assert not isinstance(found, Refusal)
    assert [a.value for a in found] == ["+8613800138000", "+861088886666;ext=1"]
    assert isinstance(parse_numbers(PHONE, "13800138000, abc", "CN"), Refusal)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        (" <ann@example.com> ", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("ann＠example.com", "ann@example.com"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
        ("ann+shop@gmail.com", "ann+shop@gmail.com"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("ann@example.com.", "ann@example.com"),
    ],
)
def test_mail_addresses_have_one_form_and_no_tricks(written: str, value: str) -> None:
    parsed = parse_email(written)
    assert isinstance(parsed, Address)
    assert parsed.value == value


@pytest.mark.parametrize(
    "written",
    ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@exa mple.com", "ann@-x.org",
     "ann@x..org", "a@b@example.com", "x" * 65 + "@example.com", "ann@" + "x" * 260 + ".com"],
)  # fmt: skip
def test_what_is_no_mail_address_is_refused(written: str) -> None:
    assert isinstance(parse_email(written), Refusal)


@pytest.mark.parametrize(
    "written", [f"{'ß' * 33}@example.com", f"{'a' * 64}@{'.'.join(['ü' * 40] * 4)}.de"]
)
def test_its_normal_form_is_no_longer_than_an_address_may_be(written: str) -> None:
    refused = parse_email(written)
    assert isinstance(refused, Refusal)
    assert (refused.code, len(written) < 254) == ("email.too_long", True)


def test_what_came_in_is_never_refused() -> None:
    kept = accept_address(IdentityKind.EMAIL, "Not An Address", "CN")
    assert (kept.value, kept.written) == ("raw:not an address", "Not An Address")
    assert accept_address(PHONE, "", "CN").is_anonymous
    # One letter that becomes three: compared is no more than there is room for.
    assert len(accept_address(IdentityKind.EXTERNAL, "\u0390" * 400, "CN").value) <= 320


def test_ids_of_other_systems_keep_their_case() -> None:
    parsed = parse_address(IdentityKind.EXTERNAL, " shop:A7 ", "CN")
    assert isinstance(parsed, Address)
    assert parsed.value == "shop:A7"


@pytest.mark.parametrize(
    ("kind", "written", "shown"),
    [
        (PHONE, "138 0013 8000", "138 **** 8000"),
        (PHONE, "13800138000", "138****8000"),
        (PHONE, "10086", "10086"),
        (IdentityKind.EMAIL, "annika@example.com", "an***@example.com"),
        (IdentityKind.EXTERNAL, "shop:7", "shop:7"),
    ],
)
def test_masks_hide_the_middle(kind: IdentityKind, written: str, shown: str) -> None:
    assert mask(kind, written) == shown


def test_a_number_tells_where_it_is_from_and_how_it_is_searched() -> None:
    assert number_origin("+861088886666", "zh-CN") == "北京市"
    assert number_origin("short:CN:10086", "en") is None
    assert number_search_words("+8613800138000") == (
        "8613800138000 13800138000 00138000 0138000 138000 8000"
    )


@pytest.mark.parametrize(
    ("kept", "called"),
    [
        ("+8613900139000", "+8613900139000"),
        ("+8613900139000;ext=12", "+8613900139000"),
        ("+864008123456", "+864008123456"),  # firms are reached at those
        ("+19005550100", None),  # premium
        ("+447012345678", None),  # personal: dear
        ("+882123456789", None),  # of no country
        ("+15005550006", None),  # of no plan
        ("short:CN:95588", None),
        ("raw:sip:nobody@example.test", None),
        ("", None),
    ],
)
def test_what_is_kept_is_called_by_its_plain_number_or_not_at_all(
    kept: str, called: str | None
) -> None:
    assert callable_number(kept) == called
