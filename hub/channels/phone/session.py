"""What a caller hears: texts in Chinese and English, and when a position or estimate is told. Pure.

Routing.md 3.14: a position told never gets worse, else only the range is told; nothing is told of a
wait below 30 s; a range, never a single promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.contacts.inbound import Standing

SHORT_WAIT_S = 30

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "greeting": "您好，欢迎致电。",
        "connecting": "正在为您安排客服人员，请稍候。",
        "soon": "客服人员马上为您服务，请稍候。",
        "position": "您前面还有{ahead}位客户。",
        "next": "您是下一位。",
        "range": "预计等待{low}到{high}分钟。",
        "about": "预计等待约{high}分钟。",
        "under": "预计等待不到一分钟。",
        "patience": "感谢您的耐心等待，我们会尽快接听。",
        "voicemail": "如需留言，请按2。",
        "callback": "如需保留您的排队位置并由我们给您回电，请按1。",
        "callback_closed": "如需我们在工作时间给您回电，请按1。",
        "callback_number": (
            "我们将回拨{digits}。确认请按1，再按井号键；如需更换，请输入新的号码，以井号键结束。"
        ),
        "callback_key_in": "请输入您的电话号码，以井号键结束。",
        "callback_wrong": "该号码无法回拨。",
        "callback_placed": "好的，轮到您时我们会给您回电。再见。",
        "callback_placed_at": "好的，我们会在{when}以后给您回电。再见。",
        "callback_when": "{day}{hour}点{minute}分",
        "callback_pending": "我们已经登记了给您的回电。请稍候，或等待我们的来电。",
        "callback_pending_closed": "您的回电已经登记，我们会按时给您回电。",
        "called_back": "您好，这是您要求的回电，客服人员马上为您服务，请稍候。",
        "callback_taken": "您预约的回电已取消，本次来电将为您接通客服人员。",
        "leave_message": "请在提示音后留言，说完请按井号键。我们会尽快回复您。",
        "closed": "您好，现在是非工作时间。",
        "closed_bye": "请在工作时间再来电。再见。",
        "bye": "再见。",
        "thanks": "您的留言已收到，我们会尽快回复您。再见。",
        "nothing": "我们没有听到您的留言。再见。",
        "left_nothing": "来电者未留言。",
        "ended": "本次通话已由我们结束，感谢您的来电。再见。",
        "trouble": "非常抱歉，系统暂时无法接听您的来电，请几分钟后再拨。",
        "this_language": "中文服务请按9。",
    },
    "en": {
        "greeting": "Hello, and thank you for calling.",
        "connecting": "We are finding somebody for you. One moment, please.",
        "soon": "Somebody will be with you in a moment.",
        "position": "There are {ahead} callers before you.",
        "position_one": "There is one caller before you.",
        "next": "You are next.",
        "range": "The wait is about {low} to {high} minutes.",
        "about": "The wait is about {high} minutes.",
        "under": "The wait is less than a minute.",
        "patience": "Thank you for waiting. We will answer as soon as we can.",
        "voicemail": "To leave a message, press 2.",
        "callback": "To be called back without losing your place, press 1.",
        "callback_closed": "To be called back when we are open, press 1.",
        "callback_number": (
            "We will call you at {digits}. To confirm, press 1 and pound. "
            "For another number, key it in and press pound."
        ),
        "callback_key_in": "Please key in your phone number, and press pound.",
        "callback_wrong": "That number cannot be called.",
        "callback_placed": "Thank you. We will call you back when it is your turn. Goodbye.",
        "callback_placed_at": "Thank you. We will call you back after {when}. Goodbye.",
        "callback_when": "{hour}:{minute} on {day}",
        "callback_pending": "You are to be called back already. Please hold, or wait for our call.",
        "callback_pending_closed": (
            "We already have a callback noted for you, and will call you then."
        ),
        "called_back": "Hello. You asked to be called back. Somebody will be with you in a moment.",
        "callback_taken": "As you are calling, the callback you were to get is cancelled.",
        "leave_message": (
            "Please leave your message after the tone, and press pound when you are done. "
            "We will get back to you."
        ),
        "closed": "Hello. We are closed at the moment.",
        "closed_bye": "Please call again in our business hours. Goodbye.",
        "bye": "Goodbye.",
        "thanks": "Thank you. We have your message and will get back to you. Goodbye.",
        "nothing": "We did not hear a message. Goodbye.",
        "left_nothing": "The caller left no message.",
        "ended": "This call has been closed on our side. Thank you for calling. Goodbye.",
        "trouble": "We are sorry: we cannot take your call right now. Please try in a few minutes.",
        "this_language": "For English, press 9.",
    },
}


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence to be spoken. `language` is the entry point's form: zh-CN, en."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One round of the waiting room, and the position the caller now knows."""

    prompts: tuple[Say, ...]
    told_position: int | None


def text(language: str, key: str) -> str:
    """Return a built-in text; Chinese for every zh-…, English otherwise."""
    return TEXTS["zh" if language.lower().startswith("zh") else "en"][key]


def say(language: str, key: str) -> Say:
    return Say(language, text(language, key))


def greeting(language: str, own: Mapping[str, str]) -> tuple[Say, ...]:
    """Return what a caller hears first. `own`: texts of the set-up by language."""
    return (
        Say(language, own.get(language) or text(language, "greeting")),
        say(language, "connecting"),
    )


def waiting(
    standing: Standing,
    told_position: int | None,
    language: str,
    *,
    voicemail: bool,
    callback: bool = False,
) -> Waiting:
    """Return what a waiting caller hears now: honest, and never worse than what was told before.

    `callback`: it is offered in this round.
    """
    told = told_position
    high = standing.wait_high_s
    if high is not None and high < SHORT_WAIT_S:
        prompts = [say(language, "soon")]
    else:
        prompts = []
        position = standing.position
        if position is not None and (told is None or position <= told):
            prompts.append(Say(language, _position(language, position)))
            told = position
        estimate = _estimate(language, standing.wait_low_s, high)
        if estimate:
            prompts.append(Say(language, estimate))
        prompts = prompts or [say(language, "patience")]
    if callback:
        prompts.append(say(language, "callback"))
    if voicemail:
        prompts.append(say(language, "voicemail"))
    return Waiting(tuple(prompts), told)


def _position(language: str, position: int) -> str:
    if position <= 1:
        return text(language, "next")
    if position == 2 and not language.lower().startswith("zh"):
        return text(language, "position_one")
    return text(language, "position").format(ahead=position - 1)


def _estimate(language: str, low_s: int | None, high_s: int | None) -> str:
    """Return the range in whole minutes: low rounded down, high rounded up; empty if unknown."""
    if low_s is None or high_s is None:
        return ""
    if high_s < 60:
        return text(language, "under")
    high = -(-high_s // 60)
    low = max(1, low_s // 60)
    if low >= high:
        return text(language, "about").format(high=high) if high > 1 else text(language, "under")
    return text(language, "range").format(low=low, high=high)


def offered_language(known: str | None, languages: tuple[str, ...]) -> str | None:
    """Return the offered form of a language we know of a caller: "en" for "en-GB"; None if none."""
    if known is None:
        return None
    base = known.split("-")[0].lower()
    return next((one for one in languages if one.split("-")[0].lower() == base), None)


def other_language(language: str, languages: tuple[str, ...]) -> str | None:
    """Return the language that 9 switches to; None where only one is offered."""
    others = [offered for offered in languages if offered != language]
    return others[0] if others else None
