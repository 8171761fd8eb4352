"""What customers read on the page behind the link of a survey's mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class PageWords(NamedTuple):
    title: str
    ask: str
    scores: Sequence[str]  # from the worst to the best
    comment: str
    button: str
    thanks: str
    gone: str
    bad: str
    choose: str
    slow: str


_PAGE: Mapping[str, PageWords] = {
    "zh-CN": PageWords(
        title="服务评价",
        ask="您对我们的服务满意吗？",
        scores=("非常不满意", "不满意", "一般", "满意", "非常满意"),
        comment="想对我们说的话（选填）",
        button="提交评价",
        thanks="谢谢，您的评价已收到。",
        gone="此链接已使用过或已过期。如有问题，请直接联系我们。",
        bad="此链接无效或不完整，请从邮件中重新打开。",
        choose="请先选择一项。",
        slow="操作过于频繁，请稍后再试。",
    ),
    "en": PageWords(
        title="How did we do?",
        ask="How satisfied are you with our service?",
        scores=("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"),
        comment="Anything you want to tell us (optional)",
        button="Send",
        thanks="Thank you, we have received your answer.",
        gone="This link has been used before, or has expired. If something is wrong, just contact"
        " us.",
        bad="This link is not valid, or not whole. Open it from the mail again.",
        choose="Choose one of these first.",
        slow="That was too fast. Try again in a while.",
    ),
}


def page_words(language: str | None) -> PageWords:
    return _PAGE[language_of(language)]


def language_of(language: str | None) -> str:
    """Return the language of ours that is meant: "zh-CN" for all Chinese, else "en"."""
    return "zh-CN" if (language or "").lower().startswith("zh") else "en"


def accepted(header: str) -> str:
    """Return the first of our languages in an Accept-Language header."""
    asked = header.lower()
    places = [(asked.find(mark), key) for mark, key in (("zh", "zh-CN"), ("en", "en"))]
    return min((one for one in places if one[0] >= 0), default=(0, "en"))[1]
