"""Decision records in words."""

from __future__ import annotations

import msgspec
import pytest

from hub.agent_console.why import decode_why, duration, waiting_view, why_view
from hub.routing.record import AgentRule, ContactLine, Rule, WaitReason, Why, WhyWaiting

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


def test_a_tier_that_agents_are_not_told_is_nowhere_in_the_record() -> None:
    gold = msgspec.structs.replace(LINE, tier="gold", urgency=1.1)
    view = why_view(msgspec.structs.replace(WHY, others=(LINE, gold)), seen=hide_low)
    assert view.en.startswith("waited 12 s of 20 s promised · ")
    assert view.zh.startswith("已等 12 秒,承诺 20 秒")
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
