"""What customers read on the page behind the link of a survey's mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.contacts.templates.filling import Changed, say
from hub.contacts.templates.usual import SURVEY_GONE, SURVEY_PAGE, SURVEY_THANKS


class Fixed(NamedTuple):
    """What no template says."""

    scores: Sequence[str]  # from the worst to the best
    comment: str
    button: str
    bad: str
    choose: str
    slow: str


class PageWords(NamedTuple):
    title: str
    ask: str
    thanks: str
    gone: str
    fixed: Fixed


_FIXED: Mapping[str, Fixed] = {
    "zh-CN": Fixed(
        scores=("非常不满意", "不满意", "一般", "满意", "非常满意"),
        comment="想对我们说的话（选填）",
        button="提交评价",
        bad="此链接无效或不完整，请从邮件中重新打开。",
        choose="请先选择一项。",
        slow="操作过于频繁，请稍后再试。",
    ),
    "en": Fixed(
        scores=("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"),
        comment="Anything you want to tell us (optional)",
        button="Send",
        bad="This link is not valid, or not whole. Open it from the mail again.",
        choose="Choose one of these first.",
        slow="That was too fast. Try again in a while.",
    ),
}


def page_words(language: str, changed: Changed) -> PageWords:
    """Return the words of the page; `language` is one of ours, `changed` what the set-up says."""
    asked = say(changed, SURVEY_PAGE, language)
    return PageWords(
        title=asked.subject,
        ask=asked.body,
        thanks=say(changed, SURVEY_THANKS, language).body,
        gone=say(changed, SURVEY_GONE, language).body,
        fixed=_FIXED[language],
    )


def language_of(language: str | None) -> str:
    """Return the language of ours that is meant: "zh-CN" for all Chinese, else "en"."""
    return "zh-CN" if (language or "").lower().startswith("zh") else "en"


def accepted(header: str) -> str:
    """Return the first of our languages in an Accept-Language header."""
    asked = header.lower()
    places = [(asked.find(mark), key) for mark, key in (("zh", "zh-CN"), ("en", "en"))]
    return min((one for one in places if one[0] >= 0), default=(0, "en"))[1]
