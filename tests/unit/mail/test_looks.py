"""What a mail keeps of its own looks: nothing that leaves its place, is fetched, or lies over."""

from __future__ import annotations

import pytest

from hub.vendors.mail.looks import keep_looks
from hub.vendors.mail.sanitise import sanitise_html


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: #C00; Font-Weight:BOLD", "color:#c00;font-weight:bold"),
        ("background:#fff url(https://t.example/x.png)", None),
        ("background-color:rgba(0, 10, 20, .5)", "background-color:rgba(0, 10, 20, .5)"),
        ("background-image:url(/api/v1/me);padding:4px 8pt", "padding:4px 8pt"),
        ("position:fixed;z-index:99999;top:0;inset:0", None),
        ("margin:-9999px 0;margin-top:4px", "margin-top:4px"),
        ("width:expression(alert(1));width:50%", "width:50%"),
        ("font-size:400px", None),
        ("color:re\\64;color:var(--x);color:/**/red", None),
        (
            "border:1px solid #ccc;border-top-color:red",
            "border:1px solid #ccc;border-top-color:red",
        ),
        ("display:none!important", "display:none"),
        ("animation:x 1s;transform:scale(9);filter:blur(9px);opacity:0", None),
        ("-moz-binding:url(x);behavior:url(x);@import 'x'", None),
        ("content:'x';cursor:url(x),auto", None),
    ],
)
def test_only_harmless_declarations_stay(style: str, kept: str | None) -> None:
    assert keep_looks(style) == kept


def test_looks_stay_only_where_they_are_asked_for() -> None:
    html = '<p style="color:red"><font color="#00f" face="x">a</font></p>'
    assert sanitise_html(html) == "<p>a</p>"
    assert sanitise_html(html, looks=True) == (
        '<p style="color:red"><font color="#00f">a</font></p>'
    )


def test_attributes_that_fetch_or_script_stay_nowhere() -> None:
    html = '<table background="//t.example/x" bgcolor="#eee" onclick="x()"><tr><td width="9">a'
    clean = sanitise_html(html, looks=True)
    assert clean == '<table bgcolor="#eee"><tbody><tr><td width="9">a</td></tr></tbody></table>'
    assert "color" not in sanitise_html('<td bgcolor="url(x)">', looks=True)
