"""Compressed RTF: the examples of MS-OXRTFCP §3, and bodies that Outlook keeps in it."""

from __future__ import annotations

import pytest

from hub.vendors.mail.rtf import decompress_rtf, read_rtf

# MS-OXRTFCP §3.1.1 and §3.1.2.
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)
REPEATED = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def test_the_examples_of_the_standard_are_read() -> None:
    assert decompress_rtf(HELLO) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress_rtf(REPEATED) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_stored_rtf_is_taken_as_it_is() -> None:
    assert decompress_rtf(b"\x0d\0\0\0\x05\0\0\0MELA\0\0\0\0{\\rtf1}") == b"{\\rtf"


@pytest.mark.parametrize("data", [b"", b"x" * 40, HELLO[:20], HELLO[:-2], REPEATED[:16]])
def test_what_is_cut_off_or_none_breaks_nothing(data: bytes) -> None:
    decompress_rtf(data)


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}Hello\par world}", "Hello\nworld"),
        (rb"{\rtf1\ansi\ansicpg936 \'c4\'e3\'ba\'c3}", "你好"),
        (rb"{\rtf1\ansi\ansicpg1252 \u20320?\u22909?!}", "你好!"),
        (rb"{\rtf1\ansi \u-10179?\u-8704? \u-10179?}", "😀"),
        (rb"{\rtf1 a\~b\_c \{x\} {\*\secret hidden}{\pict 0102}end}", "a b-c {x} end"),
        (rb"{\rtf1 \lquote a\rquote \emdash\tab b", "‘a’—\tb"),
        (b"{\\rtf1 broken \\", "broken"),
    ],
)
def test_text_is_read(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf) == (text, None)


def test_html_that_was_made_rtf_is_html_again() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg936\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hi \'c4\'e3"
        rb"{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 you{\*\htmltag92 </b>}{\*\htmltag72 </p>}}"
    )
    assert read_rtf(rtf) == (None, "<p>Hi 你<b>you</b></p>")


def test_what_is_no_rtf_has_no_words() -> None:
    assert read_rtf(b"hello") == (None, None)
