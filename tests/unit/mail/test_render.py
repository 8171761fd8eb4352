from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.vendors.mail.model import Address, ParsedMail
from hub.vendors.mail.parse import parse_mail
from hub.vendors.mail.render import Draft, OutFile, Quotation, render_mail, trim_references

DRAFT = Draft(
    sender=Address("support@shop.example", "客服 Support"),
    to=(Address("jane@example.com", 'Miller, "J"'),),
    subject="Re: 您的订单",
    text="你好 Jane,\n.\nFrom here it goes.",
    message_id="<m1@shop.example>",
    date=datetime(2026, 3, 10, 12, 0, tzinfo=UTC),
)


def read(draft: Draft) -> ParsedMail:
    mail = parse_mail(render_mail(draft))
    assert isinstance(mail, ParsedMail)
    return mail


def test_what_is_written_is_read_back() -> None:
    mail = read(DRAFT)
    assert mail.sender == DRAFT.sender
    assert mail.to == DRAFT.to
    assert (mail.subject, mail.text, mail.message_id) == (
        DRAFT.subject,
        DRAFT.text,
        DRAFT.message_id,
    )
    assert mail.sent_at == DRAFT.date


def test_the_same_draft_gives_the_same_bytes() -> None:
    draft = replace(DRAFT, html="<p>x</p>", files=(OutFile("a.pdf", "application/pdf", b"%PDF-"),))
    assert render_mail(draft) == render_mail(draft)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "hello\r\nBcc: victim@example.com"},
        {"subject": "hello\x00\u2028\x85Bcc: victim@example.com"},
        {"to": (Address("a@b.c\r\nBcc: victim@example.com", "x\r\nBcc: victim@example.com"),)},
        {"in_reply_to": "<a@b>\r\nBcc: victim@example.com"},
        {"message_id": "<m@b>\r\n\r\nbody"},
        {"language": "en\r\nBcc: victim@example.com"},
    ],
)
def test_nothing_injects_a_header(change: dict[str, object]) -> None:
    mail = read(replace(DRAFT, **change))  # type: ignore[arg-type]  # values of mixed fields
    assert mail.header("bcc") is None
    assert "你好" in mail.text


def test_no_line_is_longer_than_the_standard_allows() -> None:
    draft = replace(
        DRAFT,
        subject="很长的主题" * 60,
        text="x" * 5000,
        html="<p>" + "长" * 3000 + "</p>",
        references=tuple(f"<{n}{'x' * 60}@b.c>" for n in range(100)),
    )
    assert max(map(len, render_mail(draft).split(b"\r\n"))) <= 998
    assert read(draft).subject == draft.subject


def test_references_keep_the_first_and_the_newest_in_1500_characters() -> None:
    ids = [f"<{n}{'x' * 40}@example.com>" for n in range(100)]
    kept = trim_references(ids)
    assert (kept[0], kept[-1]) == (ids[0], ids[-1])
    assert len(" ".join(kept)) <= 1500


def test_html_has_plain_text_beside_it_and_both_carry_the_quotation() -> None:
    draft = replace(
        DRAFT,
        text="Hi there",
        html='<p onclick="x">Hi <b>there</b></p>',
        quotation=Quotation("On 1 Mar 2026, at 10:00, Jane wrote:", "old <words>"),
    )
    mail = read(draft)
    assert mail.text == "Hi there\n\nOn 1 Mar 2026, at 10:00, Jane wrote:\n> old <words>"
    assert mail.html is not None
    assert "<b>there</b>" in mail.html
    assert "onclick" not in mail.html
    assert "old &lt;words&gt;" in mail.html


def test_files_travel_with_their_names() -> None:
    files = (
        OutFile("报告\r\n1.pdf", "application/pdf", b"%PDF-1.4" * 1000),
        OutFile('a"b.txt', "text/plain", b""),
    )
    read_files = read(replace(DRAFT, files=files)).files
    assert read_files[0].name == "报告 1.pdf"
    assert read_files[0].data == files[0].data
    assert read_files[1].name == "a_b.txt"


def test_automatic_mail_says_so() -> None:
    mail = read(replace(DRAFT, automatic=True))
    assert mail.header("auto-submitted") == "auto-replied"
    assert mail.header("x-auto-response-suppress") == "All"


def test_domains_outside_ascii_go_out_as_the_dns_knows_them() -> None:
    assert read(replace(DRAFT, to=(Address("a@例子.cn"),))).to[0].email == "a@xn--fsqu00a.cn"


def test_a_plain_answer_stays_plain_text_when_it_quotes() -> None:
    quotation = Quotation("Chen wrote:", "old words")
    mail = read(replace(DRAFT, html=None, quotation=quotation))
    assert mail.text.endswith("Chen wrote:\n> old words")
    assert mail.html is None


def test_a_picture_of_the_words_is_a_related_part_and_a_file_is_attached() -> None:
    picture = OutFile("plan.png", "image/png", b"PNG", "p1@hub")
    unused = OutFile("other.png", "image/png", b"PNG", "p2@hub")
    forged = OutFile("x.png", "image/png", b"PNG", "p3@hub>\r\nBcc: a@b.test")
    html = '<p>See <img data-cid="p1@hub" alt="plan"> <img src="cid:gone@x"></p>'
    raw = render_mail(replace(DRAFT, html=html, files=(picture, unused, forged)))
    message = email.message_from_bytes(raw)
    mixed: Any = message.get_payload()
    assert [part.get_content_type() for part in mixed] == [
        "multipart/alternative", "image/png", "image/png"
    ]  # fmt: skip
    related = mixed[0].get_payload()[1]
    assert related.get_content_type() == "multipart/related"
    words, shown = related.get_payload()
    assert 'src="cid:p1@hub"' in words.get_payload(decode=True).decode()
    assert (shown["Content-ID"], shown.get_content_disposition()) == ("<p1@hub>", "inline")
    assert [part.get_content_disposition() for part in mixed[1:]] == ["attachment"] * 2
    assert b"Bcc" not in raw
