"""The mail with a code. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hub.contacts.by_mail.letter import Letter
from hub.vendors.mail.sanitise import html_of_text

from .model import GOOD_FOR


class _Words(NamedTuple):
    subject: str
    before: str
    after: str


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        subject="{code} is your code for the chat with {name}",
        before="Hello,\n\nyou gave this address in the chat with {name}. To show that it is yours,"
        " type this code there:",
        after="It is good for {minutes} minutes and in that chat only. We never ask you for it on"
        " the phone or by mail: tell it to nobody.\n\nIf it was not you, there is nothing to do:"
        " without the code nobody is taken for you.",
    ),
    "zh": _Words(
        subject="{code} 是您与{name}在线咨询的验证码",
        before="您好，\n\n您在与{name}的在线咨询中填写了本邮箱。"
        "请在聊天窗口中输入以下验证码，确认邮箱属于您：",
        after="验证码 {minutes} 分钟内有效，且仅限本次咨询使用。"
        "我们不会通过电话或邮件向您索要验证码，请勿告知他人。\n\n如果不是您本人操作，请忽略本邮件：没有验证码，任何人都无法冒用您的身份。",
    ),
}


def code_letter(language: str, name: str, code: str) -> Letter:
    """Return the mail. `name`: how the entry point is called; `language` (BCP 47): Chinese, or
    English for any other.
    """
    words = _WORDS["zh" if language.lower().startswith("zh") else "en"]
    minutes = int(GOOD_FOR.total_seconds() // 60)
    before, after = words.before.format(name=name), words.after.format(minutes=minutes)
    return Letter(
        words.subject.format(code=code, name=name),
        f"{before}\n\n{code}\n\n{after}",
        f"<p>{html_of_text(before)}</p>"
        f'<p style="font-size:1.6em;letter-spacing:.15em"><b>{code}</b></p>'
        f"<p>{html_of_text(after)}</p>",
    )
