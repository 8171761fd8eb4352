"""Card numbers are masked wherever they stand in text, and nothing else is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.card_numbers import (
    mask_card_numbers,
    mask_card_numbers_in_file_name,
    mask_card_numbers_in_html,
    mask_over_messages,
)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("it is 4111-1111-1111-1111.", "it is ****-****-****-1111."),
        ("378282246310005", "***********0005"),  # fifteen digits
        ("\uff14" + "\uff11" * 15, "*" * 12 + "\uff11" * 4),
        ("VISA4111111111111111", "VISA************1111"),
        ("卡号4111 1111 1111 1111。", "卡号**** **** **** 1111。"),
        ("41111111111111111227", "************11111227"),  # valid until 12/27
        ("6212 3456 7890 0000 003", "**** **** **** ***0 003"),  # nineteen digits
        ("4111 1111 1111 1111 12 27", "**** **** **** 1111 12 27"),
        ("4111111111111111 and 5555555555554444", "************1111 and ************4444"),
    ],
)
def test_a_card_number_keeps_its_last_four_digits(said: str, kept: str) -> None:
    assert mask_card_numbers(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "call me at +86 138 0013 8000",
        "order 4111 1111 1111 1112",  # the check digit is wrong
        "0000 0000 0000 0000",
        "12 pieces, 13 boxes",
        "IMEI 490154203237518",  # of a device: its check digit is the same
        "SIM 8986011280001234567",
        "+8613800138000",
        "at 1764505678904 ms",
        "answer 01a22cd6-7940-7668-9886-4db8f744d5bc",  # a UUID, with a card's digits in it
        "paid with 4200004111111111111111113012",  # twenty-eight digits, a card's among them
        "order 2026113012345671",  # its check digit is right, and no card begins with a year
        "110101199003070039",  # an identity number of Beijing, likewise
    ],
)
def test_other_numbers_stay(said: str) -> None:
    assert mask_card_numbers(said) == said


@pytest.mark.parametrize("run", ["1" * 100_000, "1 " * 50_000 + "1"])
def test_a_run_that_nobody_reads_is_hidden_whole_and_takes_no_time(run: str) -> None:
    began = time.process_time()
    assert mask_card_numbers(f"so {run}.") == f"so {'*' * 13}."
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>4111 1111 1111 1111</p>", "<p>**** **** **** 1111</p>"),
        ("<b>4111</b>&nbsp;1111 <i>1111</i>-1111", "<b>****</b>&nbsp;**** <i>****</i>-1111"),
        ('<img alt="5555555555554444">', '<img alt="************4444">'),
        ("<td>411111111111</td><td>1111</td>", "<td>411111111111</td><td>1111</td>"),
        ("a < b 4111111111111111 &amp; c", "a < b ************1111 &amp; c"),
    ],
)
def test_what_html_shows_is_masked_also_between_marks(html: str, kept: str) -> None:
    assert mask_card_numbers_in_html(html) == kept


def test_the_address_of_a_link_stays() -> None:
    html = '<a href="https://shop.test/4111111111111111">41 11</a>'
    assert mask_card_numbers_in_html(html) == html


@given(st.text(alphabet="<>&;ab \"='-0123456789\u00a0\n/"))
def test_html_of_any_form_loses_nothing_but_digits(html: str) -> None:
    masked = mask_card_numbers_in_html(html)
    assert len(masked) == len(html)
    assert all(new in (old, "*") for old, new in zip(html, masked, strict=True))


@pytest.mark.parametrize(
    ("messages", "kept"),
    [
        (["it is 4111 1111", "1111 1111 thanks"], ["it is **** ****", "**** 1111 thanks"]),
        (["4111", "1111", "1111", "1111"], ["****", "****", "****", "1111"]),
        (["4111 1111.", "1111 1111"], None),
        (["13800138000", "see you"], None),
    ],
)
def test_a_number_goes_on_from_message_to_message(
    messages: list[str], kept: list[str] | None
) -> None:
    assert mask_over_messages(messages) == kept


def test_html_that_is_all_marks_takes_no_time() -> None:
    began = time.process_time()
    for html in ("1<a>" * 100_000, "<" * 400_000, "1&a;" * 100_000, "1" + "<a>" * 130_000):
        mask_card_numbers_in_html(html)
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ("4111111111111111.pdf", "xxxxxxxxxxxx1111.pdf"),
        ("Visa_4111_1111_1111_1111_front.jpg", "Visa_xxxx_xxxx_xxxx_1111_front.jpg"),
        ("信用卡４１１１１１１１１１１１１１１１.jpg", "信用卡xxxxxxxxxxxx１１１１.jpg"),
        ("***4111 1111 1111 1111", "***xxxx xxxx xxxx 1111"),
        ("mmexport1620000000000.jpg", "mmexport1620000000000.jpg"),
        ("IMG_20260301_141530123.jpg", "IMG_20260301_141530123.jpg"),
        ("report_2026_final.pdf", "report_2026_final.pdf"),
    ],
)
def test_what_a_file_is_called_is_masked_by_letters_that_names_may_have(
    called: str, kept: str
) -> None:
    assert mask_card_numbers_in_file_name(called) == kept


@given(st.text(alphabet="4_1 x-５.*", max_size=300))
def test_a_file_name_keeps_its_length_and_all_but_digits(name: str) -> None:
    masked = mask_card_numbers_in_file_name(name)
    assert len(masked) == len(name)
    assert all(a == b or (a.isdecimal() and b == "x") for a, b in zip(name, masked, strict=True))
