"""Which mails ask to be contacted, and by when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.contacts.commitments.wishes import MAX_SENTENCE, asked_time, find_wish, find_words

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # Tuesday, 10:00 in Shanghai
ZONE = "Asia/Shanghai"

ASKS = [
    "Please call me back about my order.",
    "My lamp is dark. Could somebody give me a call tomorrow? Thanks",
    "Kindly contact me at 138 0013 8000",
    "I would like to be contacted by a technician",
    "I am still waiting for your call.",
    "Please get in touch with me as soon as possible",
    "Can you phone me after 3 pm",
    "I need a callback",
    "您好，我的洗衣机漏水了，请给我回电。",
    "麻烦尽快联系我，谢谢",
    "请给我打个电话",
    "请速来电",
    "希望有人能跟我联系",
    "请回电13800138000",
    "能不能安排师傅联系我一下？",
    "明天下午三点以后给我回个电话",
]
ASKS_NOT = [
    "Please do not call me, write instead.",
    "Stop calling me!",
    "There is no need to call me back.",
    "Do not hesitate to contact me.",
    "Please feel free to contact me.",
    "If you have any questions, please contact me.",
    "Your agent called me yesterday and was very kind.",
    "The lamp is dark.",
    "I called your hotline.",
    "Our call center is open.",
    "不用回电，邮件即可。",
    "请勿给我打电话",
    "如有疑问请联系我",
    "有问题请随时联系我",
    "昨天客服给我打电话了",
    "洗衣机坏了",
    "",
    "   \n\n ",
]


@pytest.mark.parametrize("text", ASKS)
def test_who_asks_to_be_contacted_is_understood(text: str) -> None:
    assert find_words(text) is not None


@pytest.mark.parametrize("text", ASKS_NOT)
def test_who_does_not_ask_is_left_alone(text: str) -> None:
    assert find_words(text) is None


def test_what_an_older_mail_said_counts_no_more() -> None:
    quoted = "Thank you, all is well.\n\nOn Mon, Chen Li <chen@example.test> wrote:\n> call me back"
    assert find_words(quoted) is None
    chinese = "谢谢，已解决。\n\n在 2026年3月9日，陈丽 写道：\n请给我回电"
    assert find_words(chinese) is None
    assert find_words("> 请给我回电\n好的") is None


def test_the_sentence_is_kept_in_the_customers_words() -> None:
    text = "My lamp is dark.\nPlease call  me back tomorrow! It is urgent."
    assert find_words(text) == "Please call me back tomorrow"


def test_a_long_sentence_is_cut() -> None:
    words = find_words("please call me " + "x" * 1000)
    assert words is not None
    assert len(words) == MAX_SENTENCE


TIMES = [
    ("please call me tomorrow", "2026-03-11T18:00"),
    ("call me back tomorrow morning", "2026-03-11T12:00"),
    ("call me today before 4 pm", "2026-03-10T16:00"),
    ("call me after 3 pm", "2026-03-10T17:00"),
    ("call me at 9:30", "2026-03-10T11:30"),
    ("call me on friday", "2026-03-13T18:00"),
    ("明天上午给我回电", "2026-03-11T12:00"),
    ("请下午三点以后联系我", "2026-03-10T17:00"),
    ("请在今天下午5点前回电", "2026-03-10T17:00"),
    ("周五给我回电", "2026-03-13T18:00"),
    ("下周一请联系我", "2026-03-16T18:00"),
    ("后天下午请给我回电", "2026-03-12T18:00"),
    ("晚上八点半请来电", "2026-03-10T22:30"),
]


@pytest.mark.parametrize(("sentence", "local"), TIMES)
def test_the_time_that_is_named_is_understood_by_the_writers_clock(
    sentence: str, local: str
) -> None:
    at = asked_time(sentence, NOW, ZONE)
    assert at is not None
    hours = datetime.fromisoformat(f"{local}:00+08:00")
    assert at == hours


@pytest.mark.parametrize(
    "sentence", ["please call me back", "请给我回电13800138000", "call me on 138 0013 8000"]
)
def test_without_a_time_there_is_none(sentence: str) -> None:
    assert asked_time(sentence, NOW, ZONE) is None


def test_a_time_of_today_that_is_past_is_tomorrows() -> None:
    at = asked_time("call me before 9 am", NOW, ZONE)
    assert at == datetime(2026, 3, 11, 1, 0, tzinfo=UTC)


def test_a_wish_has_its_words_and_its_time() -> None:
    wish = find_wish("您好！请明天上午给我回电。", NOW, ZONE)
    assert wish is not None
    assert wish.words == "请明天上午给我回电"
    assert wish.by == datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
