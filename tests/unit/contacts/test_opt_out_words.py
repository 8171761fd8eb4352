"""By which words a customer says stop, and by which not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.outreach.words import read_opt_out
from hub.customers.consent.model import STOP_ALL, STOP_SELLING


@pytest.mark.parametrize(
    "text",
    [
        "退订",
        "  退订。 ",
        "TD",
        "td",
        "T",
        "ＴＤ",
        "STOP",
        "Stop!",
        "unsubscribe",
        "Please unsubscribe me.",
        "opt-out",
        "您好\n请退订\n谢谢",
        "Unsubscribe\n\nSent from my phone\n> On Monday we wrote\n> and more",
        "退订\n\n在 2026年3月1日，商店 写道：\n> 春季新品\n> 三折起\n> 速来\n> 退订请回TD",
        "stop\n-- \nChen Li\nLakeside Ltd\nShanghai",
    ],
)
def test_a_word_alone_says_stop_to_selling(text: str) -> None:
    assert read_opt_out(text) == STOP_SELLING


@pytest.mark.parametrize("text", ["STOP ALL", "全部退订", "不要再联系我！"])
def test_some_words_say_stop_to_everything(text: str) -> None:
    assert read_opt_out(text) == STOP_ALL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "How do I unsubscribe from the newsletter?",
        "The machine does not stop",
        "我想退订这个服务怎么办",
        "> 退订请回TD",
        "Thanks\n> unsubscribe",
        "-----Original Message-----\nunsubscribe",
        "Hello,\nT\nthat is all",
        "The log says:\nstart\nSTOP\nstart\nIs that right?",
        "发件人：商店\n退订",
    ],
)
def test_a_word_inside_other_words_or_a_quotation_says_nothing(text: str) -> None:
    assert read_opt_out(text) == ()


def test_a_subject_alone_says_it_too() -> None:
    assert read_opt_out("", "Unsubscribe") == STOP_SELLING
    assert read_opt_out("\n> quoted", "退订") == STOP_SELLING
    assert read_opt_out("How are you?", "unsubscribe") == ()


@given(st.text(max_size=400), st.text(max_size=60))
def test_no_text_breaks_it(text: str, subject: str) -> None:
    assert read_opt_out(text, subject) in ((), STOP_SELLING, STOP_ALL)
