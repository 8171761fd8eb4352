"""Whatever comes: the parser answers with a mail or a refusal, and what it gives is clean."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.vendors.mail.automail import judge
from hub.vendors.mail.bounces import find_bounces
from hub.vendors.mail.headers import decode_header, parse_addresses, parse_parameters
from hub.vendors.mail.model import Address, ParsedMail, Refusal
from hub.vendors.mail.parse import parse_mail
from hub.vendors.mail.quotes import Folded, fold_quotes
from hub.vendors.mail.render import Draft, Quotation, render_mail
from hub.vendors.mail.sanitise import sanitise_html, text_of_html
from hub.vendors.mail.tnef import parse_tnef

SAMPLES = [
    path.read_bytes()
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "mail").glob("*.eml"))
]
_BROKEN = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")


@st.composite
def mutated_mails(draw: st.DrawFn) -> bytes:
    """A sample with some stretches removed, doubled or overwritten, or two samples spliced."""
    raw = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        if not raw:
            break
        at = draw(st.integers(0, len(raw) - 1))
        size = draw(st.integers(0, 40))
        kind = draw(st.sampled_from(["cut", "double", "noise", "splice"]))
        if kind == "cut":
            del raw[at : at + size]
        elif kind == "double":
            raw[at:at] = raw[at : at + size]
        elif kind == "noise":
            raw[at : at + size] = draw(st.binary(max_size=40))
        else:
            raw[at:] = draw(st.sampled_from(SAMPLES))[at:]
    return bytes(raw)


def nothing_is_lost(text: str, markup: str | None, folded: Folded) -> None:
    """What is visible and what is folded are together what was there."""
    if markup is None:
        assert sorted(f"{folded.text} {folded.quote or ''}".split()) == sorted(text.split())
    else:  # the mark of a list item that a fold cuts stands on both sides
        together = text_of_html((folded.html or "").replace("<summary>•••</summary>", ""))
        assert re.sub(r"[\s-]", "", together) == re.sub(r"[\s-]", "", text_of_html(markup))


def check(raw: bytes) -> None:
    mail = parse_mail(raw)
    if isinstance(mail, Refusal):
        assert mail.code != "unreadable", mail  # our own parser broke
        return
    texts = [mail.text, mail.subject, mail.sender.email, mail.sender.name or "", mail.html or ""]
    texts += [file.name for file in mail.files] + [value for _, value in mail.headers]
    assert not any(_BROKEN.search(text) for text in texts)
    markup = sanitise_html(mail.html) if mail.html is not None else None
    folded = fold_quotes(mail.text, markup, mail.subject)
    assert "<script" not in (folded.html or "").lower()
    nothing_is_lost(mail.text, markup, folded)
    judge(mail)
    find_bounces(mail, raw)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes_never_break_the_parser(raw: bytes) -> None:
    check(raw)


@settings(deadline=None)
@given(st.binary(max_size=1000))
def test_a_random_body_never_breaks_the_parser(body: bytes) -> None:
    check(b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n" + body)


@settings(max_examples=300, deadline=None)
@given(mutated_mails())
def test_mutated_mails_never_break_the_parser(raw: bytes) -> None:
    check(raw)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_header_readers_never_raise(raw: bytes) -> None:
    decode_header(raw)
    parse_addresses(raw, 50)
    parse_parameters(raw)


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_tnef_never_raises(data: bytes) -> None:
    parse_tnef(b"\x78\x9f\x3e\x22\x01\x00" + data)


@settings(deadline=None)
@given(st.text(max_size=600))
def test_sanitised_html_is_stable_and_readable(html: str) -> None:
    clean = sanitise_html(html)
    text_of_html(clean)
    assert "<script" not in clean.lower()


_LINE = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@settings(deadline=None)
@given(subject=_LINE, name=_LINE, text=_LINE, author=_LINE)
def test_what_we_render_has_exactly_our_headers(
    subject: str, name: str, text: str, author: str
) -> None:
    raw = render_mail(
        Draft(
            sender=Address("support@shop.example", name),
            to=(Address("jane@example.com", author),),
            subject=subject,
            text=text,
            message_id="<m@shop.example>",
            date=datetime(2026, 3, 10, tzinfo=UTC),
            html=f"<p>{text}</p>",
            quotation=Quotation(author, text),
        )
    )
    mail = parse_mail(raw)
    assert isinstance(mail, ParsedMail)
    assert [key for key, _ in mail.headers] == [
        "date",
        "from",
        "to",
        "subject",
        "message-id",
        "mime-version",
        "content-type",
    ]
    assert mail.to[0].email == "jane@example.com"
    assert max(map(len, raw.split(b"\r\n"))) <= 998


_QUOTING = st.lists(
    st.sampled_from(
        ["Yes.", "", "> old", "-- ", "On 10 Mar 2026, at 13:05, A <a@b.c> wrote:", "From: a",
         "To: b", "Sent: c", "Subject: d", "___", "Sent from my iPhone", "Begin forwarded message:",
         "x:", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "<div>",
         "</div>", "<p>", "<div class=gmail_signature>", "<div id=appendonsend>", "<pre>", "</pre>"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_QUOTING)
def test_folding_loses_nothing(lines: list[str]) -> None:
    text = "\n".join(lines)
    nothing_is_lost(text, None, fold_quotes(text, None))
    markup = sanitise_html("<br>".join(lines))
    nothing_is_lost("", markup, fold_quotes("", markup))
