"""What callers hear: each sentence is a template, and as usual what it says here. Pure.

The greeting belongs to its line (its settings); what a caller hears when nothing can be stored, or
read, is fixed (hub/channels/phone/session.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import SENTENCE, Group, Template, Wording

_BEFORE = "phone_"
_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "ahead": {"en": "3", "zh-CN": "3"},
    "low": {"en": "2", "zh-CN": "2"},
    "high": {"en": "5", "zh-CN": "5"},
    "digits": {"en": "5 5 5 0 1 2 3", "zh-CN": "1 3 8 0 0 1 3 8 0 0 0"},
    "label": {"en": "repairs", "zh-CN": "维修"},
    "key": {"en": "1", "zh-CN": "1"},
    "day": {"en": "Tuesday", "zh-CN": "周二"},
    "when": {"en": "14:00 on Tuesday", "zh-CN": "周二14点00分"},
}


def _prompt(name: str, zh: str, en: str, *places: str) -> Template:
    return Template(
        f"{_BEFORE}{name}",
        Group.PHONE,
        {"zh-CN": Wording("", zh), "en": Wording("", en)},
        {place: _EXAMPLES[place] for place in places},
        needs=places,
        longest=SENTENCE,
    )


_ALL = (
    _prompt("recording_notice", "为保障服务质量，本次通话将被录音。", "This call is recorded."),
    _prompt(
        "recording_ask",
        "如果您同意本次通话录音，请按1；不同意请按0，或稍候。",
        "If you agree to this call being recorded, press 1. If you do not, press 0, or hold.",
    ),
    _prompt(
        "connecting",
        "正在为您安排客服人员，请稍候。",
        "We are finding somebody for you. One moment, please.",
    ),
    _prompt("soon", "客服人员马上为您服务，请稍候。", "Somebody will be with you in a moment."),
    _prompt(
        "position", "您前面还有{ahead}位客户。", "There are {ahead} callers before you.", "ahead"
    ),
    _prompt("position_one", "您前面还有1位客户。", "There is one caller before you."),
    _prompt("next", "您是下一位。", "You are next."),
    _prompt(
        "range",
        "预计等待{low}到{high}分钟。",
        "The wait is about {low} to {high} minutes.",
        "low",
        "high",
    ),
    _prompt("about", "预计等待约{high}分钟。", "The wait is about {high} minutes.", "high"),
    _prompt("under", "预计等待不到一分钟。", "The wait is less than a minute."),
    _prompt(
        "patience",
        "感谢您的耐心等待，我们会尽快接听。",
        "Thank you for waiting. We will answer as soon as we can.",
    ),
    _prompt("this_language", "中文服务请按9。", "For English, press 9."),
    _prompt("voicemail", "如需留言，请按2。", "To leave a message, press 2."),
    _prompt(
        "leave_message",
        "请在提示音后留言，说完请按井号键。我们会尽快回复您。",
        "Please leave your message after the tone, and press pound when you are done. "
        "We will get back to you.",
    ),
    _prompt(
        "thanks",
        "您的留言已收到，我们会尽快回复您。再见。",
        "Thank you. We have your message and will get back to you. Goodbye.",
    ),
    _prompt("nothing", "我们没有听到您的留言。再见。", "We did not hear a message. Goodbye."),
    _prompt("closed", "您好，现在是非工作时间。", "Hello. We are closed at the moment."),
    _prompt(
        "closed_bye",
        "请在工作时间再来电。再见。",
        "Please call again in our business hours. Goodbye.",
    ),
    _prompt("bye", "再见。", "Goodbye."),
    _prompt(
        "ended",
        "本次通话已由我们结束，感谢您的来电。再见。",
        "This call has been closed on our side. Thank you for calling. Goodbye.",
    ),
    _prompt(
        "callback",
        "如需保留您的排队位置并由我们给您回电，请按1。",
        "To be called back without losing your place, press 1.",
    ),
    _prompt(
        "callback_closed",
        "如需我们在工作时间给您回电，请按1。",
        "To be called back when we are open, press 1.",
    ),
    _prompt(
        "callback_number",
        "我们将回拨{digits}。确认请按1，再按井号键；如需更换，请输入新的号码，以井号键结束。",
        "We will call you at {digits}. To confirm, press 1 and pound. "
        "For another number, key it in and press pound.",
        "digits",
    ),
    _prompt(
        "callback_key_in",
        "请输入您的电话号码，以井号键结束。",
        "Please key in your phone number, and press pound.",
    ),
    _prompt("callback_wrong", "该号码无法回拨。", "That number cannot be called."),
    _prompt(
        "callback_placed",
        "好的，轮到您时我们会给您回电。再见。",
        "Thank you. We will call you back when it is your turn. Goodbye.",
    ),
    _prompt(
        "callback_placed_at",
        "好的，我们会在{when}以后给您回电。再见。",
        "Thank you. We will call you back after {when}. Goodbye.",
        "when",
    ),
    _prompt(
        "callback_pending",
        "我们已经登记了给您的回电。请稍候，或等待我们的来电。",
        "You are to be called back already. Please hold, or wait for our call.",
    ),
    _prompt(
        "callback_pending_closed",
        "您的回电已经登记，我们会按时给您回电。",
        "We already have a callback noted for you, and will call you then.",
    ),
    _prompt(
        "callback_taken",
        "您预约的回电已取消，本次来电将为您接通客服人员。",
        "As you are calling, the callback you were to get is cancelled.",
    ),
    _prompt("awaited", "我们已登记给您回电。", "You are to be called back already."),
    _prompt("awaited_at", "我们将在{when}以后给您回电。", "We will call you after {when}.", "when"),
    _prompt(
        "awaited_keys",
        "如继续等待我们的回电，请按1或直接挂机。如需取消回电，请按9。如需现在接通，请稍候。",
        "To wait for our call, press 1 or hang up. To cancel it, press 9. "
        "To go on with this call instead, please hold.",
    ),
    _prompt(
        "awaited_kept",
        "好的，我们会按约定给您回电。再见。",
        "Thank you. We will call you back as agreed. Goodbye.",
    ),
    _prompt("awaited_cancelled", "您的回电已取消。再见。", "Your callback is cancelled. Goodbye."),
    _prompt(
        "nobody_here",
        "很抱歉打扰您，刚才的来电暂时无法为您接通客服人员，我们不会让您继续等待。再见。",
        "We are sorry for this call: nobody of ours is free to speak with you. Goodbye.",
    ),
    _prompt(
        "called_back",
        "您好，这是您要求的回电，客服人员马上为您服务，请稍候。",
        "Hello. You asked to be called back. Somebody will be with you in a moment.",
    ),
    _prompt(
        "menu_choice",
        "{label}，请按{key}。",
        "For {label}, press {key}.",
        "key",
        "label",
    ),
    _prompt(
        "menu_person",
        "人工服务，请按0。",
        "To speak with a person, press 0.",
    ),
    _prompt(
        "menu_back",
        "返回上一级，请按星号键。",
        "To go back, press star.",
    ),
    _prompt(
        "menu_nonsense",
        "没有这个选项。",
        "That is not one of the choices.",
    ),
    _prompt(
        "menu_silence",
        "没有收到您的选择。",
        "We did not hear a choice.",
    ),
    _prompt(
        "menu_language",
        "中文服务请按{key}。",
        "For English, press {key}.",
        "key",
    ),
    _prompt(
        "long_wait",
        "非常抱歉，暂时无人能接听您的来电。",
        "We are sorry: nobody can take your call at the moment.",
    ),
    _prompt(
        "other_team",
        "感谢您的耐心等待，我们正在为您联系其他客服组，请继续稍候。",
        "Thank you for waiting. We are asking another team now: please hold.",
    ),
    _prompt(
        "waits_on",
        "暂时无法转接。您的排队位置仍为您保留，请继续稍候。",
        "We could not put you through. You still have your place: please hold.",
    ),
    _prompt(
        "stop",
        "如不想再收到推广和回访，请按8。",
        "To receive no more offers or surveys from us, press 8.",
    ),
    _prompt(
        "stopped",
        "已登记，我们不会再向您推广或回访。",
        "This is noted. You will receive no more offers or surveys from us.",
    ),
    _prompt(
        "through",
        "正在为您转接，请稍候。",
        "We are putting you through. One moment, please.",
    ),
    _prompt(
        "not_through",
        "您要找的电话暂时无法接通。",
        "The number you asked for cannot be reached at the moment.",
    ),
    _prompt(
        "about_visit",
        "您{day}有一次预约上门服务。如为此事来电，请按1。其他事宜，请按2。",
        "You have a visit from us on {day}. If you are calling about it, press 1. "
        "For anything else, press 2.",
        "day",
    ),
    _prompt(
        "about_visit_today",
        "您今天有一次预约上门服务。如为此事来电，请按1。其他事宜，请按2。",
        "You have a visit from us today. If you are calling about it, press 1. "
        "For anything else, press 2.",
    ),
    _prompt(
        "about_visit_past",
        "您{day}有一次预约上门服务。如为此事来电，请按1。其他事宜，请按2。",
        "You were to have a visit from us on {day}. If you are calling about it, press 1. "
        "For anything else, press 2.",
        "day",
    ),
    _prompt(
        "about_contact",
        "您有一项服务请求正在处理中。如为此事来电，请按1。其他事宜，请按2。",
        "We are working on a request of yours. If you are calling about it, press 1. "
        "For anything else, press 2.",
    ),
)
PROMPTS: Mapping[str, Template] = {one.key.removeprefix(_BEFORE): one for one in _ALL}
"""By the name that the dialogues call them."""


def usual_prompts(language: str) -> dict[str, str]:
    """Return what all of them say as usual, in "zh-CN" or "en"."""
    return {name: one.usual[language].body for name, one in PROMPTS.items()}
