"""Decision records in one sentence for people, in both languages. Pure.

The tiers in a record are shown as the reader may see them; the sentence is what an agent reads on
the offer ("why me").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from hub.routing.record import AgentRule, ContactLine, Rule, WaitReason, Why, WhyWaiting

from .shapes import WhyView

Words = tuple[str, str]  # zh, en
_NO_NAMES: Mapping[str, Words] = MappingProxyType({})

_RULES: dict[Rule, Words] = {
    Rule.PRIORITY: ("主管已提高其优先级", "a supervisor raised its priority"),
    Rule.OVER_CAP: ("等待时间超过上限", "it has waited beyond the cap"),
    Rule.STRICT_TIER: ("本队列等级优先", "this queue takes tiers in order"),
    Rule.MOST_URGENT: ("最紧迫", "it is the most urgent"),
    Rule.PULLED: ("从列表中直接接入", "taken from the list"),
    Rule.TOGETHER: (
        "随同一客户的其他服务请求一并接入",
        "taken along with another contact of the same customer",
    ),
}
_AGENT_RULES: dict[AgentRule, Words] = {
    AgentRule.LAST_AGENT: ("上次由您接待", "you served them last"),
    AgentRule.COMFORT: ("您正在处理同类服务", "you are on this channel already"),
    AgentRule.IDLE: ("您当前空闲", "you are idle"),
    AgentRule.FILL: ("其他坐席都已占用", "everybody else is busy"),
    AgentRule.LEAST_FLEXIBLE: ("您最适合，其他坐席可留给别的队列", "you fit and others stay free"),
    AgentRule.ONLY_ONE: ("目前只有您可以接待", "you are the only one free for it"),
    AgentRule.PULLED: ("由您自己选择", "you chose it yourself"),
}

_HELPS_OUT: Words = ("您正在支援其他队列", "you are helping another queue out")


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
        *([_HELPS_OUT] if why.helps_out else []),
        *more,
        strict=True,
    )
    return WhyView(zh=" · ".join(zh), en=" · ".join(en), details=msgspec.to_builtins(shown))


def returned_words(meta: Mapping[str, Any], opened_at: datetime) -> tuple[Words, ...]:
    """Return what to add where the customer had hung up a moment before (`meta` of a contact)."""
    returned = meta.get("returned")
    if not isinstance(returned, dict):
        return ()
    away = (opened_at - datetime.fromisoformat(returned["left_at"])).total_seconds()
    ago, waited = duration(away), duration(returned["waited_s"])
    return (
        (
            f"{ago[0]}前来过电话，当时等了 {waited[0]}",
            f"called {ago[1]} before and waited {waited[1]} then",
        ),
    )


_WAIT_REASONS: dict[WaitReason, Words] = {
    WaitReason.NOBODY_SIGNED_IN: ("没有坐席签入本队列", "nobody of this queue is signed in"),
    WaitReason.NOBODY_READY: ("没有坐席处于示闲", "nobody is ready"),
    WaitReason.NOBODY_REACHED: (
        "示闲坐席的软电话都未接通",
        "the softphones of all who are ready are off",
    ),
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
    WaitReason.QUEUE_PAUSED: ("本队列已暂停", "its queue is paused"),
    WaitReason.PROVIDER_AWAY: (
        "电话服务商没有响应，暂时无法接通坐席",
        "the phone provider does not answer, so nobody can be joined",
    ),
    WaitReason.BEING_OFFERED: ("正在呼叫坐席", "it is being offered at this moment"),
}


def waiting_view(
    found: WhyWaiting, skills: Mapping[str, Words] = _NO_NAMES, free_in_s: float | None = None
) -> WhyView:
    """Return in one plain sentence why a contact still waits, and the counts behind it.

    `skills`: what they are called; `free_in_s`: when the first who could take it is likely free.
    """
    zh, en = _wait_reason(found, skills, free_in_s)
    waited, promised = duration(found.contact.waited_s), duration(found.contact.target_s)
    return WhyView(
        zh=f"仍在等待，因为{zh}；排第 {found.position} 位，已等 {waited[0]}，承诺 {promised[0]}。",
        en=f"It still waits because {en}; it is at place {found.position} and has "
        f"waited {waited[1]} of {promised[1]} promised.",
        details=msgspec.to_builtins(found),
    )


def _wait_reason(found: WhyWaiting, skills: Mapping[str, Words], free_in_s: float | None) -> Words:
    named = [(skills.get(skill, (skill, skill)), least) for skill, least in found.demands]
    zh_skills = "、".join(f"{name[0]} ≥ {least}" for name, least in named)
    en_skills = " and ".join(f"{name[1]} ≥ {least}" for name, least in named)
    zh, en = _WAIT_REASONS[found.reason]
    if found.reason is WaitReason.NOBODY_SKILLED:
        return f"没有签入的坐席具备{zh_skills}", f"nobody with {en_skills} is signed in"
    if found.reason is WaitReason.ALL_BUSY and found.busy:
        count = len(found.busy)
        with_zh, with_en = (f"（{zh_skills}）", f" with {en_skills}") if named else ("", "")
        zh = f"能接待的 {count} 位坐席{with_zh}都在忙"
        who = "the one agent" if count == 1 else f"all {count} agents"
        en = f"{who} who could take it{with_en} {'is' if count == 1 else 'are'} busy"
        if free_in_s is not None:
            about = about_duration(free_in_s)
            zh, en = (
                f"{zh}，最早约 {about[0]}后空闲",
                f"{en}, the first free in about {about[1]}",
            )
        return zh, en
    return (f"{zh}（需要 {zh_skills}）", f"{en} (it asks for {en_skills})") if named else (zh, en)


def about_duration(seconds: float) -> Words:
    """Return a length of time that is only known roughly: in one unit, never less than 10 s."""
    if seconds < 55:
        tens = max(10, round(seconds / 10) * 10)
        return f"{tens} 秒", f"{tens} s"
    minutes = max(1, round(seconds / 60))
    return duration(minutes * 60)


def _waited(waited_s: float, target_s: float) -> Words:
    waited, promised = duration(waited_s), duration(target_s)
    return (
        f"已等 {waited[0]}，承诺 {promised[0]}",
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
