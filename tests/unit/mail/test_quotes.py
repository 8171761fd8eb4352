from __future__ import annotations

import pytest

from hub.vendors.mail.quotes import fold_quotes, strip_reply_prefixes

from .samples import folded


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reply_outlook_en", "Thank you, it arrived."),
        ("reply_outlook_word_zh", "好的，周五上午可以上门。"),
        ("reply_qq", "已经寄出了，单号 SF123。"),
        ("reply_netease", "可以的，谢谢。"),
        ("reply_foxmail", "价格可以，请发合同。\nzhang@corp.example"),
        ("reply_gmail", "Great, thanks!"),
    ],
)
def test_only_what_is_new_is_the_text(name: str, text: str) -> None:
    result = folded(name)
    assert result.text == text
    assert "<details" in (result.html or "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reply_outlook_en", "It is on its way."),
        ("reply_qq", "请把货寄回。"),
        ("reply_netease", "请问周五上午方便吗？"),
        ("reply_foxmail", "附件是报价。"),
        ("reply_gmail", "It is on its way."),
    ],
)
def test_the_quote_is_folded_and_not_deleted(name: str, words: str) -> None:
    html = folded(name).html or ""
    before, _, inside = html.partition("<details")
    assert words not in before
    assert words in inside


def test_answers_between_the_lines_stay_whole() -> None:
    result = folded("reply_inline")
    assert result.quote is None
    assert "It is 12345." in result.text
    assert "Red." in result.text


def test_a_forwarded_mail_is_the_message_itself() -> None:
    result = folded("forward_outlook")
    assert result.quote is None
    assert "The machine is broken." in result.text


def test_an_attribution_does_not_swallow_the_sentence_above_it() -> None:
    text = "On Monday I called you.\nOn 10 Mar 2026, at 13:05, A <a@b.c> wrote:\n> hello"
    assert fold_quotes(text, None).text == "On Monday I called you."


def test_quotes_of_plain_mails_are_kept_apart() -> None:
    result = fold_quotes("new <b>\n\n> old\n> lines", None)
    assert (result.text, result.html, result.quote) == ("new <b>", None, "> old\n> lines")


def test_a_mail_that_only_quotes_is_shown_whole() -> None:
    assert fold_quotes("> just\n> quotes", None).text == "> just\n> quotes"


def test_reply_prefixes_of_all_languages_go() -> None:
    assert strip_reply_prefixes("Re: 回复：Fwd: AW: RE[2]: 答复: order") == "order"
    assert strip_reply_prefixes("Return of goods") == "Return of goods"
