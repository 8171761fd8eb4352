"""The templates there are, and what they say as long as the set-up says nothing else. Pure.

None carries the sender's own words (reliability.md §4): a stranger must not make us send them.
"""

from __future__ import annotations

from collections.abc import Mapping

from .model import SENTENCE, Below, Group, Template, Wording
from .spoken import PROMPTS

_NAME = {"en": "Customer service", "zh-CN": "在线客服"}
_LINK = {"en": "https://hub.example.com/…", "zh-CN": "https://hub.example.com/…"}
_TIME = {"en": "Tue 14:00", "zh-CN": "周二14:00"}
_WHAT = {"en": "repair visit", "zh-CN": "上门维修"}
_ADDRESS = {"en": "jane@example.com", "zh-CN": "wang@example.com"}

ACKNOWLEDGEMENT = Template(
    "acknowledgement",
    Group.MAIL,
    {
        "zh-CN": Wording(
            "已收到：{reference}",
            "您好，\n\n我们已收到您的来信，编号 {reference}。{promise}\n\n"
            "如需补充，请直接回复本邮件，内容会归入同一会话。\n\n（本邮件由系统自动发送）",
        ),
        "en": Wording(
            "Received: {reference}",
            "Hello,\n\nWe have received your message. Its reference is {reference}. {promise}\n\n"
            "To add anything, just reply to this mail: it stays in the same conversation.\n\n"
            "(This message was sent automatically.)",
        ),
    },
    {
        "reference": {"en": "C-2048", "zh-CN": "C-2048"},
        "promise": {
            "en": "We will answer by Tue 14:00.",
            "zh-CN": "我们将在周二14:00前回复您。",
        },
        "name": _NAME,
    },
)
TEXT_RECEIPT = Template(
    "text_receipt",
    Group.TEXT,
    {
        "zh-CN": Wording("", "已收到您的短信（{reference}）。{promise}"),
        "en": Wording("", "We have your message ({reference}). {promise}"),
    },
    {
        "reference": {"en": "C-2048", "zh-CN": "C-2048"},
        "promise": {
            "en": "We will answer by Tue 14:00.",
            "zh-CN": "我们将在周二14:00前回复您。",
        },
    },
    longest=SENTENCE,
)
PROMISE_BY = Template(
    "promise_by",
    Group.MAIL,
    {
        "zh-CN": Wording("", "我们将在{time}前回复您。"),
        "en": Wording("", "We will answer by {time}."),
    },
    {"time": _TIME},
    ("time",),
    SENTENCE,
)
PROMISE_SOON = Template(
    "promise_soon",
    Group.MAIL,
    {
        "zh-CN": Wording("", "我们会尽快回复您。"),
        "en": Wording("", "We will answer as soon as we can."),
    },
    {},
    longest=SENTENCE,
)
CHAT_REMINDER = Template(
    "chat_reminder",
    Group.CHAT,
    {
        "zh-CN": Wording("", "您还在吗？直接回复即可继续对话。"),
        "en": Wording("", "Are you still there? Just write, and we go on."),
    },
    {},
    longest=SENTENCE,
)
CHAT_SILENT = Template(
    "chat_silent",
    Group.CHAT,
    {
        "zh-CN": Wording("", "由于长时间未收到您的消息，本次对话已结束。您可以随时再次留言。"),
        "en": Wording(
            "", "We have not heard from you, so this chat has ended. Write again at any time."
        ),
    },
    {},
    longest=SENTENCE,
)
CHAT_SILENT_MAIL = Template(
    "chat_silent_mail",
    Group.CHAT,
    {
        "zh-CN": Wording(
            "",
            "由于长时间未收到您的消息，本次对话已结束，后续将通过邮件（{address}）联系您。"
            "您也可以随时在此留言。",
        ),
        "en": Wording(
            "",
            "We have not heard from you, so this chat has ended and goes on by e-mail to {address}."
            " You can also write here again at any time.",
        ),
    },
    {"address": _ADDRESS},
    longest=SENTENCE,
)
CHAT_CODE = Template(
    "chat_code",
    Group.CHAT_MAIL,
    {
        "zh-CN": Wording(
            "{code} 是您与{name}在线咨询的验证码",
            "您好，\n\n您在与{name}的在线咨询中填写了本邮箱。"
            "请在聊天窗口中输入以下验证码，确认邮箱属于您：\n\n{code}\n\n"
            "验证码 {minutes} 分钟内有效，且仅限本次咨询使用。"
            "我们不会通过电话或邮件向您索要验证码，请勿告知他人。\n\n"
            "如果不是您本人操作，请忽略本邮件：没有验证码，任何人都无法冒用您的身份。",
        ),
        "en": Wording(
            "{code} is your code for the chat with {name}",
            "Hello,\n\nyou gave this address in the chat with {name}. To show that it is yours,"
            " type this code there:\n\n{code}\n\n"
            "It is good for {minutes} minutes and in that chat only. We never ask you for it on"
            " the phone or by mail: tell it to nobody.\n\nIf it was not you, there is nothing to"
            " do: without the code nobody is taken for you.",
        ),
    },
    {
        "code": {"en": "204816", "zh-CN": "204816"},
        "name": _NAME,
        "minutes": {"en": "10", "zh-CN": "10"},
    },
    ("code",),
)
CHAT_UNREAD = Template(
    "chat_unread",
    Group.CHAT_MAIL,
    {
        "zh-CN": Wording("{name}对您的在线咨询的回复", ""),
        "en": Wording("An answer to your chat with {name}", ""),
    },
    {"name": _NAME},
    longest=0,
    below=Below.SAID,
)
CHAT_TRANSCRIPT = Template(
    "chat_transcript",
    Group.CHAT_MAIL,
    {
        "zh-CN": Wording("您与{name}的对话记录", "您好，\n\n以下是本次对话的内容。"),
        "en": Wording("Your chat with {name}", "Hello,\n\nhere is what was said in our chat."),
    },
    {"name": _NAME},
    below=Below.SAID,
)
CHAT_GOES_ON = Template(
    "chat_goes_on",
    Group.CHAT_MAIL,
    {
        "zh-CN": Wording(
            "您与{name}的对话记录",
            "您好，\n\n我们没有再收到您的消息，后续将通过邮件联系：直接回复本邮件即可。"
            "以下是本次对话的内容。",
        ),
        "en": Wording(
            "Your chat with {name}",
            "Hello,\n\nwe did not hear from you any more, so we go on by mail: just answer this"
            " one. Here is what was said in our chat.",
        ),
    },
    {"name": _NAME},
    below=Below.SAID,
)
CHAT_RETURN = Template(
    "chat_return",
    Group.CHAT_MAIL,
    {
        "zh-CN": Wording("", "直接回复本邮件，或回到在线对话：{link}"),
        "en": Wording("", "Answer this mail, or go on in the chat: {link}"),
    },
    {"link": _LINK},
    ("link",),
    SENTENCE,
)
COMMITMENT_DONE = Template(
    "commitment_done",
    Group.COMMITMENT,
    {
        "zh-CN": Wording(
            "已完成：{what}",
            "您好，\n\n我们答应您的{what}已经完成。如还有问题，请直接回复。\n\n（本消息由系统自动发送）",
        ),
        "en": Wording(
            "Done: the {what} we promised",
            "Hello,\n\nThe {what} we promised you is done. If anything is missing, just reply."
            "\n\n(This message was sent automatically.)",
        ),
    },
    {"what": _WHAT},
)
COMMITMENT_LATE = Template(
    "commitment_late",
    Group.COMMITMENT,
    {
        "zh-CN": Wording(
            "致歉：{what}延误",
            "您好，\n\n非常抱歉，我们未能在约定的时间（{time}）前完成答应您的{what}。"
            "我们会尽快与您联系，商定新的时间。\n\n（本消息由系统自动发送）",
        ),
        "en": Wording(
            "We are sorry: the {what} is late",
            "Hello,\n\nWe are sorry: the {what} we promised you by {time} is not done yet."
            " We will contact you as soon as we can to agree on a new time.\n\n"
            "(This message was sent automatically.)",
        ),
    },
    {"what": _WHAT, "time": _TIME},
)
COMMITMENT_MISSED = Template(
    "commitment_missed",
    Group.COMMITMENT,
    {
        "zh-CN": Wording(
            "致歉：{what}延误",
            "您好，\n\n非常抱歉，我们未能在约定的时间（{time}）为您提供{what}。"
            "我们会尽快与您联系，商定新的时间。\n\n（本消息由系统自动发送）",
        ),
        "en": Wording(
            "We are sorry: the {what} is late",
            "Hello,\n\nWe are sorry: nobody came for the {what} we had agreed for {time}."
            " We will contact you as soon as we can to agree on a new time.\n\n"
            "(This message was sent automatically.)",
        ),
    },
    {"what": _WHAT, "time": {"en": "Tue 14:00–16:00", "zh-CN": "周二14:00–16:00"}},
)
SURVEY = Template(
    "survey",
    Group.OUTREACH,
    {
        "zh-CN": Wording(
            "请评价我们的服务",
            "您好，\n\n您最近联系过我们，我们想知道您是否满意。打开下面的链接即可评价，只需半分钟：",
        ),
        "en": Wording(
            "How did we do?",
            "Hello,\n\nYou contacted us lately, and we would like to know how it was. It takes half"
            " a minute, behind this link:",
        ),
    },
    {"name": _NAME},
    below=Below.LINK,
)
UNSUBSCRIBE = Template(
    "unsubscribe",
    Group.OUTREACH,
    {
        "zh-CN": Wording("", "不想再收到此类邮件？点此退订：{link}"),
        "en": Wording("", "No more mails like this? Unsubscribe here: {link}"),
    },
    {"link": _LINK},
    ("link",),
    SENTENCE,
)
OPT_OUT_PAGE = Template(
    "opt_out_page",
    Group.PAGE,
    {
        "zh-CN": Wording("退订", "您希望我们停止什么？"),
        "en": Wording("Unsubscribe", "What shall we stop?"),
    },
    {},
    longest=SENTENCE,
)
OPT_OUT_DONE = Template(
    "opt_out_done",
    Group.PAGE,
    {
        "zh-CN": Wording(
            "", "已退订：我们不会再向您发送推广信息和问卷。您主动咨询时，我们照常回复。"
        ),
        "en": Wording(
            "", "Done: no more offers and no more surveys. When you ask us something, we answer."
        ),
    },
    {},
    longest=SENTENCE,
)
OPT_OUT_DONE_ALL = Template(
    "opt_out_done_all",
    Group.PAGE,
    {
        "zh-CN": Wording("", "已退订：除您主动咨询的事项外，我们不会再联系您。"),
        "en": Wording("", "Done: from now on we only answer what you ask us."),
    },
    {},
    longest=SENTENCE,
)
SURVEY_PAGE = Template(
    "survey_page",
    Group.PAGE,
    {
        "zh-CN": Wording("服务评价", "您对我们的服务满意吗？"),
        "en": Wording("How did we do?", "How satisfied are you with our service?"),
    },
    {},
    longest=SENTENCE,
)
SURVEY_THANKS = Template(
    "survey_thanks",
    Group.PAGE,
    {
        "zh-CN": Wording("", "谢谢，您的评价已收到。"),
        "en": Wording("", "Thank you, we have received your answer."),
    },
    {},
    longest=SENTENCE,
)
SURVEY_GONE = Template(
    "survey_gone",
    Group.PAGE,
    {
        "zh-CN": Wording("", "此链接已使用过或已过期。如有问题，请直接联系我们。"),
        "en": Wording(
            "",
            "This link has been used before, or has expired. If something is wrong, just contact"
            " us.",
        ),
    },
    {},
    longest=SENTENCE,
)

TEMPLATES: Mapping[str, Template] = {
    one.key: one
    for one in (
        ACKNOWLEDGEMENT,
        TEXT_RECEIPT,
        PROMISE_BY,
        PROMISE_SOON,
        CHAT_REMINDER,
        CHAT_SILENT,
        CHAT_SILENT_MAIL,
        CHAT_CODE,
        CHAT_UNREAD,
        CHAT_TRANSCRIPT,
        CHAT_GOES_ON,
        CHAT_RETURN,
        COMMITMENT_DONE,
        COMMITMENT_LATE,
        COMMITMENT_MISSED,
        SURVEY,
        UNSUBSCRIBE,
        OPT_OUT_PAGE,
        OPT_OUT_DONE,
        OPT_OUT_DONE_ALL,
        SURVEY_PAGE,
        SURVEY_THANKS,
        SURVEY_GONE,
        *PROMPTS.values(),
    )
}
