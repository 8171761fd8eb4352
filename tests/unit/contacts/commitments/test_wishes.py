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
    ("call me at 11:30", "2026-03-10T11:30"),
    ("please call me back tomorrow at 3:30 pm", "2026-03-11T15:30"),
    ("call me back tomorrow before 5:00", "2026-03-11T05:00"),
    ("明天15:30以后请回电", "2026-03-11T17:30"),
    ("call me on friday", "2026-03-13T18:00"),
    ("明天上午给我回电", "2026-03-11T12:00"),
    ("请下午三点以后联系我", "2026-03-10T17:00"),
    ("请在今天下午5点前回电", "2026-03-10T17:00"),
    ("周五给我回电", "2026-03-13T18:00"),
    ("下周一请联系我", "2026-03-16T18:00"),
    ("后天下午请给我回电", "2026-03-12T18:00"),
    ("晚上八点半请来电", "2026-03-10T20:30"),
    ("Please call me back tomorrow before ten.", "2026-03-11T10:00"),
    ("call me tomorrow before 10", "2026-03-11T10:00"),
    ("please call me on Monday at 9", "2026-03-16T09:00"),
    ("please call me on Tuesday at 9", "2026-03-17T09:00"),
    ("call me at nine tomorrow", "2026-03-11T09:00"),
    ("call me between 2 and 4 pm tomorrow", "2026-03-11T16:00"),
    ("call me tomorrow between two and four", "2026-03-11T16:00"),
    ("call me tomorrow from 9 to 11 o'clock", "2026-03-11T11:00"),
    ("call me at 3 pm", "2026-03-10T15:00"),
    ("call me at 3pm", "2026-03-10T15:00"),
    ("call me at 3 p.m. tomorrow", "2026-03-11T15:00"),
    ("call me tomorrow at three", "2026-03-11T15:00"),
    ("call me after three", "2026-03-10T17:00"),
    ("call me tomorrow evening at 8", "2026-03-11T20:00"),
    ("call me tomorrow at half past nine", "2026-03-11T09:30"),
    ("call me today before 9", "2026-03-10T21:00"),
    ("call me before noon tomorrow", "2026-03-11T12:00"),
    ("call me back after 3 days, on Friday", "2026-03-13T18:00"),
    ("call me on 3 April", "2026-04-03T18:00"),
    ("call me on April 3rd at 9", "2026-04-03T09:00"),
    ("call me on the 3rd of April before noon", "2026-04-03T12:00"),
    ("my order of 3 March: call me on Friday", "2026-03-13T18:00"),
    ("call me on 2026-04-03 at 15:30", "2026-04-03T15:30"),
    ("明天下午3点请回电", "2026-03-11T15:00"),
    ("明天三点前回电", "2026-03-11T15:00"),
    ("明天上午9点到11点之间请给我回电", "2026-03-11T11:00"),
    ("明天下午2点至4点给我回电", "2026-03-11T16:00"),
    ("4月3日下午请给我回电", "2026-04-03T18:00"),
    ("请在4月3号上午十点前联系我", "2026-04-03T10:00"),
    ("明晚八点请来电", "2026-03-11T20:00"),
    ("明天中午前请联系我", "2026-03-11T12:00"),
    ("晚上12点前给我回电", "2026-03-10T23:59"),
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
    "sentence",
    [
        "please call me back",
        "请给我回电13800138000",
        "call me on 138 0013 8000",
        "call me at 10 8888 7777",
        "call me after 3 days",
        "call me at 5 Garden Road",
        "call me at one of my numbers",
        "I bought it on 3 March at 3 pm, please call me",
        "3月3日买的，请给我回电",
        "call me about 2 lamps",
        "请早一点给我回电",
        "31 February call me",
    ],
)
def test_without_a_time_there_is_none(sentence: str) -> None:
    assert asked_time(sentence, NOW, ZONE) is None


def test_a_date_after_the_turn_of_the_year_is_one_to_come() -> None:
    late = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    for words, day in [
        ("call me on 3 December", (2026, 12, 3)),
        ("12月3日给我回电", (2026, 12, 3)),
        ("call me on 5 January", (2027, 1, 5)),
    ]:
        assert asked_time(words, late, ZONE) == datetime(*day, 10, 0, tzinfo=UTC)


def test_a_time_of_today_that_is_past_is_tomorrows() -> None:
    at = asked_time("call me before 9 am", NOW, ZONE)
    assert at == datetime(2026, 3, 11, 1, 0, tzinfo=UTC)


def test_a_wish_has_its_words_and_its_time() -> None:
    wish = find_wish("您好！请明天上午给我回电。", NOW, ZONE)
    assert wish is not None
    assert wish.words == "请明天上午给我回电"
    assert wish.by == datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
