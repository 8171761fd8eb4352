"""Laws of addresses for any text at all."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from hub.customers.model import IdentityKind
from hub.customers.normalise import (
    Address,
    Refusal,
    accept_address,
    mask,
    parse_address,
    parse_email,
    parse_number,
)

ANY = st.text(max_size=120)
KINDS = st.sampled_from(list(IdentityKind))
REGIONS = st.sampled_from(["CN", "US", "GB", "DE", "HK"])
EXAMPLES = [
    example
    for region in ("CN", "US", "GB", "DE", "HK", "JP", "IN", "BR")
    if (example := phonenumbers.example_number(region))
]


@given(KINDS, ANY, REGIONS)
def test_no_text_breaks_it(kind: IdentityKind, text: str, region: str) -> None:
    assert isinstance(parse_address(kind, text, region), Address | Refusal)


@given(KINDS, ANY, REGIONS)
def test_whatever_comes_in_fits_its_column(kind: IdentityKind, text: str, region: str) -> None:
    address = accept_address(kind, text, region)
    assert len(address.value) <= 320
    assert len(address.written) <= 320
    assert "\x00" not in address.value + address.written
    (address.value + address.written).encode("utf-8")


@given(KINDS, ANY, REGIONS)
def test_a_normal_form_is_its_own_normal_form(kind: IdentityKind, text: str, region: str) -> None:
    address = parse_address(kind, text, region)
    if isinstance(address, Refusal) or address.is_anonymous or address.value.startswith("short:"):
        return
    again = parse_address(kind, address.value, region)
    assert isinstance(again, Address)
    assert again.value == address.value


@given(st.sampled_from(EXAMPLES), st.sampled_from(list(range(3))), REGIONS)
def test_any_way_to_print_a_number_is_the_same_number(
    example: phonenumbers.PhoneNumber, form: int, region: str
) -> None:
    styles = (
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.RFC3966,
    )
    written = phonenumbers.format_number(example, styles[form])
    parsed = parse_number(IdentityKind.PHONE, written, region)
    assert isinstance(parsed, Address)
    assert parsed.value == phonenumbers.format_number(example, styles[0])


@given(st.emails())
def test_case_and_blanks_do_not_make_another_mail_address(address: str) -> None:
    one, other = parse_email(address), parse_email(f"  {address.upper()} ")
    if isinstance(one, Address) and isinstance(other, Address):
        assert one.value == other.value


@given(st.from_regex(r"\+?[0-9 ]{7,20}", fullmatch=True))
def test_a_mask_keeps_the_length_and_hides_something(written: str) -> None:
    shown = mask(IdentityKind.PHONE, written)
    assert len(shown) == len(written)
    digits = sum(character.isdigit() for character in written)
    assert digits < 7 or "*" in shown
