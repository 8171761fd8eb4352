"""What a caller hears: texts in Chinese and English, and when a position or estimate is told. Pure.

Routing.md 3.14: a position told never gets worse, else only the range is told; nothing is told of a
wait below 30 s; a range, never a single promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.contacts.inbound import Standing
from hub.contacts.templates import filling as templates
from hub.contacts.templates.filling import Changed, fill
from hub.contacts.templates.spoken import PROMPTS, usual_prompts

SHORT_WAIT_S = 30

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "greeting": "您好，欢迎致电。",
        "callback_when": "{day}{hour}点{minute}分",
        "left_nothing": "来电者未留言。",
        "trouble": "非常抱歉，系统暂时无法接听您的来电，请几分钟后再拨。",
        **usual_prompts("zh-CN"),
    },
    "en": {
        "greeting": "Hello, and thank you for calling.",
        "callback_when": "{hour}:{minute} on {day}",
        "left_nothing": "The caller left no message.",
        "trouble": "We are sorry: we cannot take your call right now. Please try in a few minutes.",
        **usual_prompts("en"),
    },
}
"""As usual. Those of `templates/spoken.py` may be said in other words (`reworded`)."""


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence to be spoken. `language` is the entry point's form: zh-CN, en.

    `prompt`: which one of ours it is, and `values` what stands in its places; "": other words.
    """

    language: str
    text: str
    prompt: str = field(default="", compare=False)
    values: Mapping[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One round of the waiting room, and the position the caller now knows."""

    prompts: tuple[Say, ...]
    told_position: int | None


def text(language: str, key: str) -> str:
    """Return a built-in text; Chinese for every zh-…, English otherwise."""
    return TEXTS["zh" if language.lower().startswith("zh") else "en"][key]


def say(language: str, key: str, /, **values: object) -> Say:
    """Return a sentence of ours with `values` in its places."""
    return Say(language, fill(text(language, key), values), key, values)


def reworded(prompts: Sequence[Say], changed: Changed) -> list[Say]:
    """Return what is said where the set-up has words of its own (`changed`, of this line)."""
    return [
        prompt
        if (template := PROMPTS.get(prompt.prompt)) is None or template.key not in changed
        else replace(
            prompt, text=templates.say(changed, template, prompt.language, **prompt.values).body
        )
        for prompt in prompts
    ]


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
            prompts.append(place(language, position))
            told = position
        estimate = _estimate(language, standing.wait_low_s, high)
        if estimate is not None:
            prompts.append(estimate)
        prompts = prompts or [say(language, "patience")]
    if callback:
        prompts.append(say(language, "callback"))
    if voicemail:
        prompts.append(say(language, "voicemail"))
    return Waiting(tuple(prompts), told)


def place(language: str, position: int) -> Say:
    """Return the place of who waits at this position of a queue; 1 is next."""
    if position <= 1:
        return say(language, "next")
    if position == 2:
        return say(language, "position_one")
    return say(language, "position", ahead=position - 1)


def _estimate(language: str, low_s: int | None, high_s: int | None) -> Say | None:
    """Return the range in whole minutes: low rounded down, high rounded up; None if unknown."""
    if low_s is None or high_s is None:
        return None
    if high_s < 60:
        return say(language, "under")
    high = -(-high_s // 60)
    low = max(1, low_s // 60)
    if low >= high:
        return say(language, "about", high=high) if high > 1 else say(language, "under")
    return say(language, "range", low=low, high=high)


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
