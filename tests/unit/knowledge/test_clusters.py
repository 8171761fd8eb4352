"""Contacts that ask alike are one topic; what is asked once is none."""

from hub.knowledge.clusters import Asked, cluster
from hub.knowledge.suggesting.words import words_of

LAMPS = [
    "台灯不亮了",
    "灯不亮怎么办",
    "我的台灯不亮",
    "请问台灯不亮是坏了吗",
    "台灯突然不亮",
    "新买的台灯不亮",
]
BILLS = [
    "invoice for March",
    "need the invoice of march",
    "March invoice please",
    "send invoice march",
    "where is my march invoice",
]
OTHERS = ["hello there", "谢谢", "are you hiring", "天气", "what a nice shop"]


def asked(*texts: str) -> list[Asked]:
    return [Asked(f"c{n:02}", words_of(text)) for n, text in enumerate(texts)]


def test_topics_come_out_whole_the_largest_first() -> None:
    questions = asked(*LAMPS, *OTHERS, *BILLS)
    found = cluster(questions)
    assert [set(one.contacts) for one in found] == [
        {f"c{n:02}" for n in range(6)},
        {f"c{n:02}" for n in range(11, 16)},
    ]
    assert "不亮" in found[0].words


def test_too_few_are_no_topic() -> None:
    assert cluster(asked(*LAMPS[:4])) == []
    assert cluster([]) == []


def test_the_order_of_contacts_changes_nothing() -> None:
    questions = asked(*LAMPS, *BILLS, *OTHERS)
    assert cluster(questions) == cluster(questions[::-1])
