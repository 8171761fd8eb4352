"""The commands `hub knowledge`: fill the knowledge store, teach it, measure its suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from .terminal import do, end_with, err, out, settings_of, with_config

_SHOWN = 20
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def knowledge() -> None:
    """Import articles and cases, learn from them, measure suggestions."""


@knowledge.command("import")
@click.argument("file", type=_FILE)
@click.option(
    "--state",
    type=click.Choice(["draft", "not_validated", "approved", "published"]),
    default="approved",
    show_default=True,
    help="Of new articles.",
)
@click.option(
    "--audience",
    type=click.Choice(["internal", "customer", "public"]),
    default="customer",
    show_default=True,
    help="Of new articles; public and published ones are on the help pages.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@with_config
def import_(config: Path | None, file: Path, state: str, audience: str, *, as_json: bool) -> None:
    """Import articles and cases from FILE, one JSON object a line.

    {"article": {"key", "title", "body", "lang"}} or {"case": {"text", "article_key", "lang"}}. A
    wrong line is refused with its number and reason, the rest goes on. The same file again changes
    nothing.
    """
    from hub.jobs.knowledge import ImportKnowledge, KnowledgeImported
    from hub.knowledge.model import ArticleState, Audience

    asked = ImportKnowledge(str(file.resolve()), ArticleState(state), Audience(audience))
    done = do(settings_of(config), "knowledge.import", asked, KnowledgeImported)
    if as_json:
        _print_json(done)
        end_with(done.lines, done.refused_count)
        return
    out.print(
        f"{done.lines} lines: created {done.articles_created} articles and {done.cases_created} "
        f"cases, changed {done.articles_changed} articles; {done.unchanged} unchanged, "
        f"{done.refused_count} refused."
    )
    _print_refused(done.refused, done.refused_count)
    end_with(done.lines, done.refused_count)


@knowledge.command("import-pages")
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@with_config
def import_pages(config: Path | None, paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Make drafts of Markdown and HTML files; folders are gone through.

    The name of a file, and where it lies in its folder, is its key: the same file again changes its
    draft or nothing. refund.en.md is the English of refund, as is refund/index.en.md. An article
    that was checked is left alone.
    """
    from hub.jobs.pages import ImportPages, PagesImported

    asked = ImportPages([str(path.resolve()) for path in paths])
    done = do(settings_of(config), "knowledge.pages", asked, PagesImported)
    if as_json:
        _print_json(done)
        return
    out.print(
        f"{done.files} files: created {done.created} drafts, changed {done.changed}; "
        f"{done.unchanged} unchanged, {done.refused_count} refused. "
        f"Pictures left out: {done.left_out}."
    )
    for one in done.refused[:_SHOWN]:
        err.print(f"[yellow]{escape(one.name)}: {escape(one.reason)}[/]")
    if done.refused_count > _SHOWN:
        err.print(f"[yellow]… and {done.refused_count - _SHOWN} more.[/]")


@knowledge.command()
@click.option("--force", is_flag=True, help="Also where nothing changed since the last one.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@with_config
def refit(config: Path | None, *, force: bool, as_json: bool) -> None:
    """Learn from all articles and cases now; a running hub does so every night."""
    from hub.jobs.knowledge import KnowledgeRefitted, RefitKnowledge

    done = do(settings_of(config), "knowledge.refit", RefitKnowledge(force), KnowledgeRefitted)
    if as_json:
        _print_json(done)
        return
    if not done.done:
        out.print("Nothing changed since the last refit.")
    out.print(f"{done.articles} articles, {done.cases} cases.")
    if done.precision is not None and done.recall is not None:
        out.print(
            f"Of {done.held} questions held back: suggestions {_percent(done.precision)} right, "
            f"{_percent(done.recall)} of what can be answered is answered."
        )


@knowledge.command()
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@with_config
def evaluate(config: Path | None, file: Path, *, as_json: bool) -> None:
    """Ask every question of FILE as a console would, and print how good the answers were.

    FILE has one JSON object a line: {"text", "article_key", "lang"}; a null key says that nothing
    fits. What was imported since the last refit is learned first.
    """
    from hub.jobs.knowledge import EvaluateKnowledge, KnowledgeEvaluated

    asked = EvaluateKnowledge(str(file.resolve()))
    done = do(settings_of(config), "knowledge.evaluate", asked, KnowledgeEvaluated)
    figures = done.figures
    if as_json:
        import msgspec

        told = {
            **msgspec.to_builtins(figures),
            "articles": done.articles,
            "cases": done.cases,
            "refused_lines": done.refused_count,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    rows = (
        ("questions", f"{figures.questions} ({figures.unanswerable} that nothing fits)"),
        ("recall@1", _percent(figures.recall_at_1)),
        ("recall@5", _percent(figures.recall_at_5)),
        ("MRR", "-" if figures.mrr is None else f"{figures.mrr:.3f}"),
        ("refusal precision", _percent(figures.refusal_precision)),
        ("refusal recall", _percent(figures.refusal_recall)),
        ("p50", _milliseconds(figures.p50_ms)),
        ("p95", _milliseconds(figures.p95_ms)),
    )
    for name, figure in rows:
        out.print(f"{name:<18} {figure}")
    _print_refused(done.refused, done.refused_count)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _print_json(report: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())


def _print_refused(refused: Sequence[object], count: int) -> None:
    for one in refused[:_SHOWN]:
        line, reason = getattr(one, "line", 0), getattr(one, "reason", "")
        err.print(f"[yellow]line {line}: {escape(reason)}[/]")
    if count > _SHOWN:
        err.print(f"[yellow]… and {count - _SHOWN} more.[/]")
