from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.vendors.mail.model import Address, Limits, ParsedMail, Refusal, RefusalCode
from hub.vendors.mail.parse import parse_mail

from .samples import a_mail, mail_of, raw_mail


def test_a_plain_mail_is_read_whole() -> None:
    mail = a_mail("plain_english")
    assert mail.sender == Address("jane.miller@example.com", "Jane Miller")
    assert mail.cc == (
        Address("tom@example.com", "Miller, Tom"),
        Address("sales@shop.example"),
    )
    assert mail.sent_at == datetime(2026, 3, 10, 11, 58, tzinfo=UTC)
    assert mail.message_id == "<CAF1@mail.example.com>"
    assert mail.text.startswith("Hello,\n\nI ordered a kettle")


def test_characters_cut_between_encoded_words_are_whole_again() -> None:
    assert a_mail("gbk_split_words").subject == "关于订单编号二零零三的售后服务问题"


def test_gb2312_is_read_as_gb18030_because_senders_mean_that() -> None:
    assert "鎔镕" in a_mail("gbk_split_words").text


def test_raw_gbk_headers_and_body_without_any_label_are_read() -> None:
    mail = a_mail("gbk_raw_headers")
    assert mail.sender == Address("lina@qq.com", "李娜")
    assert mail.subject == "请问退货怎么办理"
    assert mail.text.startswith("请问退货")


def test_hebrew_names_and_html_are_read() -> None:
    mail = a_mail("rtl_hebrew")
    assert mail.sender.name == "משה כהן"
    assert "שלום" in mail.text


def test_old_japanese_charsets_are_read() -> None:
    mail = a_mail("iso2022jp")
    assert (mail.sender.name, mail.subject) == ("山田太郎", "お問い合わせ")
    assert mail.text == "商品について質問があります。"


def test_a_wrong_label_does_not_spoil_the_text() -> None:
    assert a_mail("wrong_charset_label").text == "Grüße aus München, das kostet 5 €."


def test_line_ends_inside_encoded_words_never_become_lines() -> None:
    mail = a_mail("name_with_bidi_override")
    assert mail.subject == "line one Bcc: victim@example.com"
    assert all("\n" not in value and "\r" not in value for _, value in mail.headers)


def test_a_name_cannot_turn_its_ending_round() -> None:
    mail = a_mail("name_with_bidi_override")
    assert mail.sender.name == "Bankgpj.exe"
    assert mail.files[0].name == "gpj.exe"
    assert mail.files[0].media_type == "application/vnd.microsoft.portable-executable"


def test_markup_sent_as_a_picture_is_called_markup() -> None:
    assert a_mail("name_with_bidi_override").files[1].media_type == "image/svg+xml"


def test_a_name_in_a_comment_is_the_name() -> None:
    assert a_mail("comment_name").sender == Address("bob@example.com", 'Bob "the builder" (senior)')


def test_a_multipart_without_its_end_keeps_its_parts() -> None:
    mail = a_mail("broken_multipart")
    assert mail.text == "The body is here."
    assert [file.name for file in mail.files] == ["offer.pdf"]
    assert mail.defects


def test_a_multipart_without_a_boundary_is_text() -> None:
    assert a_mail("no_boundary").text == "just some text"


def test_broken_headers_do_not_lose_the_body() -> None:
    mail = a_mail("broken_headers")
    assert mail.sender == Address("élève@example.fr", "éè")
    assert mail.sent_at is None
    assert mail.references == ("<a@b>", "<c@d>")
    assert "body after a broken header" in mail.text


@pytest.mark.parametrize(
    ("number", "name", "media_type"),
    [
        (0, "测试报告.pdf", "application/pdf"),
        (1, "报价单.xls", "application/vnd.ms-excel"),
        (2, "page.html", "text/html"),
    ],
)
def test_file_names_in_both_encodings_are_read(number: int, name: str, media_type: str) -> None:
    file = a_mail("rfc2231_file_name").files[number]
    assert (file.name, file.media_type) == (name, media_type)


def test_an_inline_picture_keeps_its_content_id() -> None:
    file = a_mail("html_cid_remote").files[0]
    assert (file.content_id, file.inline, file.media_type) == ("lid@acme", True, "image/png")


def test_a_mail_inside_a_mail_is_a_file_and_not_text() -> None:
    mail = a_mail("nested_mail")
    assert "This is inside" not in mail.text
    assert mail.files[0].name == "original question.eml"
    assert b"This is inside." in mail.files[0].data


def test_an_invitation_is_a_file() -> None:
    mail = a_mail("calendar")
    assert mail.text == "Invitation to the repair visit"
    assert mail.files[0].media_type == "text/calendar"


def test_winmail_dat_gives_up_its_text_and_files() -> None:
    mail = a_mail("winmail")
    assert mail.text == "See the plan.\n\nText inside of winmail"
    assert [(file.name, file.media_type) for file in mail.files] == [
        ("安装图.pdf", "application/pdf")
    ]


def test_flowed_lines_are_joined() -> None:
    assert a_mail("format_flowed").text.startswith(
        "This paragraph was cut by the mail program into three lines."
    )


def test_a_sender_without_a_domain_is_on_this_machine() -> None:
    mail = mail_of("From: HylaFAX Agent <FaxMaster>\n\nhello")
    assert mail.sender.email == "FaxMaster@localhost"


@pytest.mark.parametrize(
    ("name", "code"), [("empty", RefusalCode.EMPTY), ("no_sender", RefusalCode.NO_SENDER)]
)
def test_what_is_no_mail_is_refused_with_its_reason(name: str, code: RefusalCode) -> None:
    refusal = parse_mail(raw_mail(name))
    assert isinstance(refusal, Refusal)
    assert refusal.code is code


def test_a_mail_above_the_limit_is_refused() -> None:
    refusal = parse_mail(b"From: a@b.c\n\n" + b"x" * 2000, Limits(size_bytes=1000))
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.TOO_LARGE


def test_a_hundred_thousand_parts_are_refused() -> None:
    head = b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n"
    refusal = parse_mail(head + b"--b\n\nx\n" * 100_000)
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.TOO_MANY_PARTS


def test_endless_nesting_is_refused() -> None:
    layers = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)
    )
    refusal = parse_mail(b"From: a@b.c\n" + layers + b"deep")
    assert isinstance(refusal, Refusal)
    assert refusal.code is RefusalCode.TOO_DEEP


def test_thousands_of_addresses_are_cut() -> None:
    many = ", ".join(f"user{n}@example.com" for n in range(5_000))
    mail = parse_mail(f"From: a@b.c\nTo: {many}\n\nhello".encode())
    assert isinstance(mail, ParsedMail)
    assert len(mail.to) <= Limits().addresses


def test_control_characters_and_lone_surrogates_leave_the_text() -> None:
    mail = parse_mail(
        b"From: a@b.c\nContent-Type: text/plain; charset=utf-8\n\na\x00b\x08c\xed\xa0\x80"
    )
    assert isinstance(mail, ParsedMail)
    assert mail.text.startswith("abc")
    mail.text.encode()  # no lone surrogate is left


def test_codecs_that_are_no_charsets_are_not_used() -> None:
    mail = mail_of("From: a@b.c\nContent-Type: text/plain; charset=unicode_escape\n\n\\x41")
    assert mail.text == "\\x41"
