"""What an agent wrote with formatting, as it is sent."""

from __future__ import annotations

import pytest

from hub.vendors.mail.answer import clean_answer, is_unformatted, text_of_answer


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Dear Ms Chen,</p><p>thank <b>you</b>.</p>", "Dear Ms Chen,\n\nthank you."),
        ("<p>One<br>two</p>", "One\ntwo"),
        ("<p>One</p><p></p><p>two</p>", "One\n\n\ntwo"),
        ("<ul><li><p>plug</p></li><li><p>fuse</p></li></ul>", "- plug\n- fuse"),
        ("<p>So:</p><ol start='3'><li>a</li><li>b</li></ol><p>Bye</p>", "So:\n\n3. a\n4. b\n\nBye"),
        ("<ul><li><p>a</p><p>b</p><ul><li><p>c</p></li></ul></li></ul>", "- a\n  b\n  - c"),
        (
            "<blockquote><p>it is broken</p><p>still</p></blockquote><p>We come.</p>",
            "> it is broken\n>\n> still\n\nWe come.",
        ),
        (
            '<p>See <a href="https://x.example/a?b=1&amp;c=2">the page</a>.</p>',
            "See the page <https://x.example/a?b=1&c=2>.",
        ),
        ('<p><a href="https://x.example">https://x.example</a></p>', "https://x.example"),
        ('<p><a href="mailto:a@x.example">a@x.example</a></p>', "a@x.example"),
        ("<p>1 &lt; 2 &amp;&nbsp; so</p>", "1 < 2 & so"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("", ""),
    ],
)
def test_the_text_beside_says_what_the_html_says(html: str, text: str) -> None:
    assert text_of_answer(clean_answer(html)) == text


def test_nothing_is_sent_that_acts() -> None:
    clean = clean_answer(
        '<p onclick="x()">Hi<script>alert(1)</script><a href="javascript:x()">l</a></p>'
        "<form>f</form>"
    )
    assert "onclick" not in clean
    assert "script" not in clean
    assert "<form" not in clean
    assert text_of_answer(clean) == "Hil\n\nf"


def test_an_empty_paragraph_stays_a_line() -> None:
    assert clean_answer("<p>a</p><p></p><p>b</p>") == "<p>a</p><p><br></p><p>b</p>"


@pytest.mark.parametrize(
    ("html", "unformatted"),
    [
        ("<p>Dear Chen,<br>3 &lt; 4</p><p></p><p>Li</p>", True),
        ("", True),
        ("<p>a <strong>b</strong></p>", False),
        ('<p><a href="https://a.example">https://a.example</a></p>', False),
        ("<ul><li><p>a</p></li></ul>", False),
        ("<blockquote><p>a</p></blockquote>", False),
    ],
)
def test_lines_and_paragraphs_are_no_formatting(html: str, unformatted: bool) -> None:
    assert is_unformatted(clean_answer(html)) is unformatted
