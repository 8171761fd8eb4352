"""The report of a simulation as one HTML page that needs no network: the question, the figures, the
plots, the formulas. Everything written into it is escaped. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from .course import Course, course_of_scenario
from .page_style import STYLE
from .page_table import Key, Rows, figures_table, value_in_words
from .page_words import WORDS, Words
from .plots import (
    Named,
    Shown,
    differences_plot,
    legend,
    level_plot,
    staff_plot,
    waits_plot,
)
from .replay import Answer, Question
from .replay_report import period_of
from .report import OCCUPANCY, SHARES, Line, differences, differing, lines_of
from .run import Ran
from .statistics import Figures, Results
from .svg import Markup, element, joined

_KINDS = ("tiers", "queues", "channels")
_MEANS = ("service_level", "mean_wait_s", "abandoned")


@dataclass(frozen=True, slots=True)
class _Side:
    name: str
    look: str
    figures: Figures
    course: Course


@dataclass(frozen=True, slots=True)
class _Report:
    """What the page shows. `difference`: between the last two sides, `differ` says which."""

    words: Words
    title: str
    question: str
    otherwise: Sequence[str]
    about: str
    sides: Sequence[_Side]
    clock: Callable[[float], str]
    notes: Sequence[str]
    difference: Sequence[Line] = ()
    differ: str = ""
    tiers: Sequence[str] = field(default_factory=tuple)


def page_of_answer(answer: Answer, language: str) -> str:
    """Return the page of a replay. `language`: "en" or "zh-CN"."""
    words, question = WORDS[language], answer.question
    sides = [
        _Side(words["recorded"], "s0", answer.recorded.figures, answer.recorded.course),
        _Side(words["in_force"], "s1", answer.in_force.figures, answer.in_force.course),
    ]
    difference: list[Line] = []
    if answer.changed is not None:
        sides.append(_Side(words["changed"], "s2", answer.changed.figures, answer.changed.course))
        difference = differing(answer.in_force.figures, answer.changed.figures, paired=True)
    asked = "q_changed" if question.is_changed else "q_fit"
    zone = ZoneInfo(answer.zone)
    long = question.to_s - question.from_s > 2 * 86_400

    def clock(at_s: float) -> str:
        return datetime.fromtimestamp(at_s, zone).strftime("%m-%d" if long else "%H:%M")

    return _page(
        _Report(
            words=words,
            title=words["title_replay"],
            question=words[asked].format(period=period_of(answer, words["so_far"])),
            otherwise=_otherwise(question, words),
            about=f"{answer.contacts:,} {words['contacts']} · {question.runs} {words['runs']} · "
            f"{words['seed']} {question.seed}",
            sides=sides,
            clock=clock,
            notes=_answer_notes(answer, words),
            difference=difference,
            differ=words["differ_says"],
            tiers=list(answer.recorded.figures.groups["tiers"]),
        )
    )


def page_of_scenarios(
    runs: Sequence[tuple[str, Ran]], results: Sequence[Results], language: str
) -> str:
    """Return the page of one scenario or of two, side by side; `runs`: (name, run)."""
    words = WORDS[language]
    names = [name for name, _ in runs]
    sides = [
        _Side(name, look, found, course_of_scenario(ran))
        for (name, ran), found, look in zip(runs, results, ("s1", "s2"), strict=False)
    ]
    two = len(sides) > 1
    run = results[0].scenario.run
    question = words["q_scenario"].format(names=names[0])
    if two:
        question = words["q_compare"].format(first=names[0], second=names[1])
    measured = run.contacts - run.left_out
    return _page(
        _Report(
            words=words,
            title=words["title"],
            question=question,
            otherwise=(),
            about=f"{measured:,} {words['contacts']} · {words['after_warmup']} {run.left_out:,} · "
            f"{words['seed']} {run.seed}",
            sides=sides,
            clock=_of_the_period,
            notes=[words["f_batches"]],
            difference=differences(*results) if two else (),
            differ=words["differ_says_two"].format(first=names[0], second=names[1]) if two else "",
            tiers=list(dict.fromkeys(tier for one in results for tier in one.groups["tiers"])),
        )
    )


def _of_the_period(at_s: float) -> str:
    days, seconds = divmod(round(at_s), 86_400)
    clock = f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
    return f"{days + 1}. {clock}" if days else clock


def _otherwise(question: Question, words: Words) -> list[str]:
    found = [words["setup"]] if question.setup is not None else []
    for one in question.agents:
        key = "agents_more" if one.count > 0 else "agents_fewer"
        found.append(words[key].format(count=abs(one.count), queue=one.queue))
    found += [
        words["target"].format(
            seconds=one.seconds, tier=one.tier, channel=one.channel, queue=one.queue
        )
        for one in question.targets
    ]
    return found


def _answer_notes(answer: Answer, words: Words) -> list[str]:
    runs = answer.question.runs
    notes = [words["f_runs"].format(runs=runs) if runs > 1 else words["f_one_run"]]
    for one in answer.patience:
        key = "f_patience" if one.left else "f_no_patience"
        notes.append(
            words[key].format(
                queue=one.queue,
                channel=one.channel,
                contacts=f"{one.contacts:,}",
                left=f"{one.left:,}",
            )
        )
    sides = {"recorded": answer.recorded, "in_force": answer.in_force, "changed": answer.changed}
    for name, side in sides.items():
        if side is not None and side.waiting:
            notes.append(words["f_waiting"].format(side=words[name], count=f"{side.waiting:,.0f}"))
    notes += [
        words["f_unserved"].format(
            side=words["changed" if one.changed else "in_force"],
            count=f"{one.contacts:,}",
            of=one.in_words,
        )
        for one in answer.unserved
    ]
    notes += [
        words["f_own_work"].format(hours=f"{work_s / 3600:,.1f}", channel=channel)
        for channel, work_s in answer.own_work_s.items()
    ]
    if answer.left_out:
        notes.append(words["f_left_out"].format(count=answer.left_out))
    return notes


# ---- the page --------------------------------------------------------------------------------


def _page(report: _Report) -> str:
    words = report.words
    body = element(
        "main",
        element("h1", report.title),
        element("p", report.about, class_="soft"),
        _question(report),
        _glance(report),
        _differences(report),
        _waits(report),
        _course(report),
        _staff(report),
        _figures(report),
        _formulas(report),
    )
    head = element(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", f"{report.title}: {report.question}"),
        element("style", Markup(STYLE)),
    )
    page = element("html", head, element("body", body), lang=words["lang"])
    return f"<!doctype html>\n{page}\n"


def _section(heading: str, says: str, *parts: str) -> Markup:
    return element("section", element("h2", heading), element("p", says, class_="soft"), *parts)


def _question(report: _Report) -> Markup:
    changes: list[str] = []
    if report.otherwise:
        listed = element("ul", *(element("li", one) for one in report.otherwise))
        changes = [element("p", report.words["otherwise"], ":"), listed]
    return element("div", element("strong", report.question), *changes, class_="question")


def _glance(report: _Report) -> Markup:
    words = report.words
    cards = []
    for side in report.sides:
        overall = _overall(side.figures)
        facts = [(words[name], _fact(name, overall[name])) for name in _MEANS]
        facts.append((words[OCCUPANCY], value_in_words(OCCUPANCY, side.figures.occupancy.value)))
        pairs = [joined(element("dt", name), element("dd", value)) for name, value in facts]
        key = element("i", class_=f"key {side.look}")
        title = element("h3", element("span", key, side.name, class_="legend-item"))
        cards.append(element("div", title, element("dl", *pairs), class_="card"))
    return _section(words["glance"], words["everybody"], element("div", *cards, class_="cards"))


def _fact(figure: str, value: float | None) -> str:
    return value_in_words(figure, value) + (
        " s" if figure not in SHARES and value is not None else ""
    )


def _overall(figures: Figures) -> dict[str, float | None]:
    """Return the means over everybody: each tier's by its number of contacts."""
    groups = [one for one in figures.groups["tiers"].values() if one.contacts]
    total = sum(one.contacts for one in groups)
    found: dict[str, float | None] = {}
    for name in _MEANS:
        values = [(one.contacts, one.figures[name].value) for one in groups]
        known = [count * value for count, value in values if value is not None]
        found[name] = sum(known) / total if total else None
    return found


def _shown(report: _Report) -> list[Shown]:
    return [Shown(side.name, side.look, side.course) for side in report.sides]


def _legend(report: _Report) -> Markup:
    return legend([(side.name, side.look) for side in report.sides])


def _waits(report: _Report) -> Markup:
    sides = _shown(report)
    panels = [
        element("div", element("h3", tier), waits_plot(tier, sides, report.words), class_="panel")
        for tier in report.tiers
        if any(tier in side.course.waits_s for side in sides)
    ]
    words = report.words
    return _section(
        words["waits"], words["waits_says"], _legend(report),
        element("div", *panels, class_="panels"),
    )  # fmt: skip


def _course(report: _Report) -> Markup:
    plot = level_plot(_shown(report), report.clock, report.words)
    return _section(
        report.words["course"],
        report.words["course_says"],
        _legend(report),
        element("div", element("div", plot, class_="scroll"), class_="panel stack"),
    )


def _staff(report: _Report) -> Markup:
    sides = _shown(report)
    most = max((part.signed_in or 0.0 for side in sides for part in side.course.bins), default=0.0)
    words = report.words
    panels = []
    for side in sides:
        if any(part.signed_in is not None for part in side.course.bins):
            plot = staff_plot(side, most, report.clock, words)
            inside = element("div", plot, class_="scroll")
            panels.append(element("div", element("h3", side.name), inside, class_="panel"))
    keys = element(
        "p",
        element("span", element("i", class_="key s1"), words["signed_in"], class_="legend-item"),
        element("span", element("i", class_="key fill"), words["busy"], class_="legend-item"),
        class_="legend",
    )
    return _section(
        words["staff"], words["staff_says"], keys, element("div", *panels, class_="stack")
    )


def _differences(report: _Report) -> Markup:
    if not report.difference:
        return Markup("")
    words = report.words
    panels = []
    for figure, unit in (("service_level", words["points"]), ("mean_wait_s", None)):
        groups: Mapping[str, list[Named]] = {
            words[kind]: [
                Named(line.name, line.figures[figure])
                for line in report.difference
                if line.kind == kind
            ]
            for kind in _KINDS
        }
        plot = differences_plot(groups, f"{words['differ']}: {words[figure]}", unit=unit)
        panels.append(element("div", element("h3", words[figure]), plot, class_="panel"))
    return _section(words["differ"], report.differ, element("div", *panels, class_="panels"))


def _figures(report: _Report) -> Markup:
    words = report.words
    by_side = [Rows(side.name, _by_key(lines_of(side.figures))) for side in report.sides]
    if report.difference:
        changes = _by_key(report.difference)
        by_side.append(Rows(words["difference"], changes, is_difference=True))
    tables = [figures_table(kind, by_side, words) for kind in _KINDS]
    return _section(words["figures"], words["figures_says"], element("div", *tables))


def _by_key(lines: Iterable[Line]) -> dict[Key, Line]:
    return {(line.kind, line.name): line for line in lines}


def _formulas(report: _Report) -> Markup:
    words = report.words
    named = [words[key] for key in ("f_wait", "f_asa", "f_level", "f_busy")]
    listed = [element("li", one) for one in [*named, *report.notes, words["f_model"]]]
    return element(
        "footer",
        element("h2", words["formulas"]),
        element("ul", *listed),
        element("p", words["made"]),
    )
