"""Decision records in one sentence for people, in both languages. Pure.

The tiers in a record are shown as the reader may see them; the sentence is what an agent reads on
the offer ("why me").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from hub.routing.record import AgentRule, ContactLine, Rule, WaitReason, Why, WhyWaiting

from .shapes import WhyView

Words = tuple[str, str]  # zh, en

_RULES: dict[Rule, Words] = {
    Rule.PRIORITY: ("主管已提高其优先级", "a supervisor raised its priority"),
    Rule.OVER_CAP: ("等待时间超过上限", "it has waited beyond the cap"),
    Rule.STRICT_TIER: ("本队列等级优先", "this queue takes tiers in order"),
    Rule.MOST_URGENT: ("最紧迫", "it is the most urgent"),
    Rule.PULLED: ("从列表中直接接入", "taken from the list"),
}
_AGENT_RULES: dict[AgentRule, Words] = {
    AgentRule.LAST_AGENT: ("上次由您接待", "you served them last"),
    AgentRule.COMFORT: ("您正在处理同类服务", "you are on this channel already"),
    AgentRule.IDLE: ("您当前空闲", "you are idle"),
    AgentRule.FILL: ("其他坐席都已占用", "everybody else is busy"),
    AgentRule.LEAST_FLEXIBLE: ("您最适合,其他坐席可留给别的队列", "you fit and others stay free"),
    AgentRule.ONLY_ONE: ("目前只有您可以接待", "you are the only one free for it"),
    AgentRule.PULLED: ("由您自己选择", "you chose it yourself"),
}


def decode_why(record: Any) -> Why:
    """Return the record stored beside an offer (JSON values)."""
    return msgspec.convert(record, Why)


def why_view(
    why: Why, *, seen: Callable[[ContactLine], ContactLine], more: tuple[Words, ...] = ()
) -> WhyView:
    """Return the sentence and its parts. `seen`: a line as the reader may know it; `more` adds what
    is known beside the record.

    Others that are shown otherwise than they are are left out: their place would tell.
    """
    chosen = seen(why.chosen)
    others = tuple(line for line in why.others if seen(line) == line)
    shown = msgspec.structs.replace(why, chosen=chosen, others=others)
    zh, en = zip(
        _waited(chosen.waited_s, chosen.target_s),
        _RULES[why.rule],
        _AGENT_RULES[why.agent_rule],
        *more,
        strict=True,
    )
    return WhyView(zh=" · ".join(zh), en=" · ".join(en), details=msgspec.to_builtins(shown))


_WAIT_REASONS: dict[WaitReason, Words] = {
    WaitReason.NOBODY_SIGNED_IN: ("没有坐席签入本队列", "nobody of this queue is signed in"),
    WaitReason.NOBODY_READY: ("没有坐席处于示闲", "nobody is ready"),
    WaitReason.NOBODY_SKILLED: (
        "没有示闲坐席具备所需技能",
        "nobody ready has the skills it asks for",
    ),
    WaitReason.ALL_BUSY: ("合适的坐席都在处理其他服务", "all who could take it are busy"),
    WaitReason.HELD_FOR_LAST_AGENT: (
        "正在等待上次接待的坐席",
        "it is held for its last agent",
    ),
    WaitReason.RESERVE: ("空闲坐席为其他等级或渠道预留", "the free agents are kept in reserve"),
    WaitReason.KEPT: (
        "有空位的坐席留给了更紧急的服务请求",
        "who has room is kept free for a more urgent contact",
    ),
    WaitReason.EXCLUDED: ("空闲坐席刚刚拒接或漏接", "the free agents let it pass a moment ago"),
    WaitReason.BEING_OFFERED: ("正在呼叫坐席", "it is being offered at this moment"),
}


def waiting_view(found: WhyWaiting) -> WhyView:
    """Return in one plain sentence why a contact still waits, and the counts behind it."""
    zh, en = _WAIT_REASONS[found.reason]
    waited, promised = duration(found.contact.waited_s), duration(found.contact.target_s)
    skills = ", ".join(f"{skill} ≥ {least}" for skill, least in found.demands)
    zh_skills, en_skills = (
        (f"（需要 {skills}）", f" (it asks for {skills})") if skills else ("", "")
    )
    return WhyView(
        zh=f"仍在等待，因为{zh}{zh_skills}；排第 {found.position} 位，"
        f"已等 {waited[0]}，承诺 {promised[0]}。",
        en=f"It still waits because {en}{en_skills}; it is at place {found.position} and has "
        f"waited {waited[1]} of {promised[1]} promised.",
        details=msgspec.to_builtins(found),
    )


def _waited(waited_s: float, target_s: float) -> Words:
    waited, promised = duration(waited_s), duration(target_s)
    return (
        f"已等 {waited[0]},承诺 {promised[0]}",
        f"waited {waited[1]} of {promised[1]} promised",
    )


def duration(seconds: float) -> Words:
    """Return a length of time as people say it: two units at most."""
    whole = max(0, round(seconds))
    for size, zh, en in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分", "min")):
        if whole >= size:
            rest, small_zh, small_en = _rest(whole % size, size)
            return (
                f"{whole // size} {zh}{rest and f' {rest} {small_zh}'}",
                f"{whole // size} {en}{rest and f' {rest} {small_en}'}",
            )
    return f"{whole} 秒", f"{whole} s"


_SMALLER = {86_400: (3600, "小时", "h"), 3600: (60, "分", "min"), 60: (1, "秒", "s")}


def _rest(seconds: int, size: int) -> tuple[str, str, str]:
    unit, zh, en = _SMALLER[size]
    count = seconds // unit
    return (str(count) if count else "", zh, en)
