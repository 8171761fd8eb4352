"""Decision records in words."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub.agent_console.why import decode_why, duration, returned_words, waiting_view, why_view
from hub.routing.record import AgentRule, ContactLine, Rule, WaitReason, Why, WhyWaiting

from .rows import NOON

LINE = ContactLine(
    contact_id="c", queue="q", tier="low", channel="phone", waited_s=12, target_s=10, urgency=1.2
)
WHY = Why(chosen=LINE, rule=Rule.MOST_URGENT, agent_rule=AgentRule.LAST_AGENT, others=(LINE,))


def hide_low(line: ContactLine) -> ContactLine:
    if line.tier != "low":
        return line
    return msgspec.structs.replace(line, tier="standard", target_s=20.0, urgency=0.6)


def test_an_offer_says_what_was_promised_and_why_it_is_mine() -> None:
    view = why_view(WHY, seen=lambda line: line)
    assert view.en.startswith("waited 12 s of 10 s promised · ")
    assert "you served them last" in view.en
    assert view.zh.startswith("已等 12 秒")
    assert "上次由您接待" in view.zh


def test_what_was_taken_along_says_with_what() -> None:
    view = why_view(msgspec.structs.replace(WHY, rule=Rule.TOGETHER), seen=lambda line: line)
    assert "taken along with another contact of the same customer" in view.en


@pytest.mark.parametrize("rule", list(AgentRule))
def test_chinese_sentences_have_chinese_commas(rule: AgentRule) -> None:
    view = why_view(msgspec.structs.replace(WHY, agent_rule=rule), seen=lambda line: line)
    assert "," not in view.zh


def test_a_tier_that_agents_are_not_told_is_nowhere_in_the_record() -> None:
    gold = msgspec.structs.replace(LINE, tier="gold", urgency=1.1)
    view = why_view(msgspec.structs.replace(WHY, others=(LINE, gold)), seen=hide_low)
    assert view.en.startswith("waited 12 s of 20 s promised · ")
    assert view.zh.startswith("已等 12 秒，承诺 20 秒")
    assert "low" not in str(view.details)
    assert (view.details["chosen"]["target_s"], view.details["chosen"]["urgency"]) == (20.0, 0.6)
    assert [line["tier"] for line in view.details["others"]] == ["gold"]


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("agent_rule", list(AgentRule))
def test_every_rule_has_words_in_both_languages(rule: Rule, agent_rule: AgentRule) -> None:
    view = why_view(msgspec.structs.replace(WHY, rule=rule, agent_rule=agent_rule), seen=hide_low)
    assert view.en.isascii() or "·" in view.en
    assert view.zh


@pytest.mark.parametrize("reason", list(WaitReason))
def test_every_reason_to_wait_has_words_in_both_languages(reason: WaitReason) -> None:
    found = WhyWaiting(
        contact=LINE,
        reason=reason,
        obstacles={},
        agents=(),
        demands=(("french", 3),),
        position=2,
    )
    view = waiting_view(found)
    assert "french ≥ 3" in view.en
    assert "place 2" in view.en
    assert "第 2 位" in view.zh


def test_the_stored_record_comes_back() -> None:
    assert decode_why(msgspec.to_builtins(WHY)) == WHY


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "0 s", "0 秒"),
        (59.6, "1 min", "1 分"),
        (61, "1 min 1 s", "1 分 1 秒"),
        (3600, "1 h", "1 小时"),
        (5400, "1 h 30 min", "1 小时 30 分"),
        (90_000, "1 d 1 h", "1 天 1 小时"),
    ],
)
def test_a_time_is_said_in_two_units_at_most(seconds: float, en: str, zh: str) -> None:
    assert duration(seconds) == (zh, en)


def waiting(reason: WaitReason, *, busy: int = 0, skilled: bool = True) -> WhyWaiting:
    return WhyWaiting(
        contact=LINE,
        reason=reason,
        obstacles={},
        agents=(),
        demands=(("japanese", 3),) if skilled else (),
        position=1,
        busy=tuple(f"agent-{number}" for number in range(busy)),
    )


NAMES = {"japanese": ("日语", "Japanese")}


def test_a_skill_that_nobody_has_is_named() -> None:
    view = waiting_view(waiting(WaitReason.NOBODY_SKILLED), NAMES)
    assert view.en.startswith("It still waits because nobody with Japanese ≥ 3 is signed in;")
    assert view.zh.startswith("仍在等待，因为没有签入的坐席具备日语 ≥ 3；")


@pytest.mark.parametrize(
    ("busy", "free_s", "en", "zh"),
    [
        (2, 131.0, "all 2 agents who could take it with Japanese ≥ 3 are busy, the first free "
         "in about 2 min;", "能接待的 2 位坐席（日语 ≥ 3）都在忙，最早约 2 分后空闲；"),
        (1, None, "the one agent who could take it with Japanese ≥ 3 is busy;",
         "能接待的 1 位坐席（日语 ≥ 3）都在忙；"),
        (1, 3.0, "is busy, the first free in about 10 s;", "最早约 10 秒后空闲；"),
    ],
)  # fmt: skip
def test_who_is_busy_is_counted_and_when_one_is_free_is_said_roughly(
    busy: int, free_s: float | None, en: str, zh: str
) -> None:
    view = waiting_view(waiting(WaitReason.ALL_BUSY, busy=busy), NAMES, free_s)
    assert en in view.en
    assert zh in view.zh


def test_a_queue_that_is_paused_says_so() -> None:
    view = waiting_view(waiting(WaitReason.QUEUE_PAUSED, skilled=False))
    assert view.en.startswith("It still waits because its queue is paused;")


def test_who_hung_up_and_called_again_is_told_of() -> None:
    returned = {"returned": {"left_at": NOON.isoformat(), "waited_s": 125.0}}
    [(zh, en)] = returned_words(returned, NOON + timedelta(minutes=4))
    assert en == "called 4 min before and waited 2 min 5 s then"
    assert zh == "4 分前来过电话，当时等了 2 分 5 秒"
    view = why_view(WHY, seen=lambda line: line, more=((zh, en),))
    assert view.en.endswith(f"· {en}")
    assert returned_words({}, NOON) == ()
