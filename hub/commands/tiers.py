"""The command group `hub tiers`: what customers are worth, and why one has their tier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.markup import escape
from rich.table import Table

from .terminal import do, err, out, settings_of, with_config

if TYPE_CHECKING:
    from hub.customers.value.explaining import FiguresView, TierWhyView
    from hub.customers.value.report import TierReport

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="As JSON, its keys documented.")
_FOUND = {  # what supervisors are told, in words that hurt nobody
    "best": "one of the best",
    "rising": "on the way there",
    "tail": "of the last 1 %",
    "loss_making": "cost review",
    "full_window": "with us for a whole window",
    "no_rate": "has orders without an exchange rate",
}
_WHY = {
    "rule": "a rule gives it",
    "kept": "a rule keeps it",
    "no_rule": "no rule gives another",
    "short_history": "too new to have a lower one",
    "manual": "set by hand, which wins",
    "objection": "the customer objected to rules",
    "imported": "imported, and nothing says otherwise yet",
    "complaint": "a complaint is open: no lower one meanwhile",
}


@click.group()
def tiers() -> None:
    """What customers are worth, and the tier that follows."""


@tiers.command("run")
@click.option(
    "--at",
    default="",
    metavar="DATE",
    help="As of this day (2026-06-30, itself included) or moment. Default: today. A day of the past"
    " gives everybody the tier of then; --dry-run only looks.",
)
@click.option(
    "--window", "window_days", default=0, metavar="DAYS", help="Default: the set-up's, 365."
)
@click.option("--dry-run", is_flag=True, help="Say who would move, change nothing.")
@_AS_JSON
@with_config
def run_(config: Path | None, at: str, window_days: int, *, dry_run: bool, as_json: bool) -> None:
    """Value every customer and give them the tier that follows; twice is the same as once."""
    import msgspec

    from hub.customers.value.report import TierReport
    from hub.jobs.tiers import RunOrder

    report = do(settings_of(config), "tiers.run", RunOrder(at, window_days, dry_run), TierReport)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)))
        return
    _show_report(report, tried=dry_run)


@tiers.command()
@click.argument("customer")
@_AS_JSON
@with_config
def explain(config: Path | None, customer: str, as_json: bool) -> None:
    """Say why CUSTOMER (id, external id, address or number) has their tier."""
    import msgspec

    from hub.customers.value.explaining import TierWhyView
    from hub.jobs.tiers import ExplainOrder

    found = do(settings_of(config), "tiers.explain", ExplainOrder(customer), TierWhyView)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
        return
    _show_why(found, customer)


def _show_report(report: TierReport, *, tried: bool = False) -> None:
    window = report.window
    zone = ZoneInfo(window.zone)
    first, last = window.from_.astimezone(zone), window.until.astimezone(zone)
    out.print(f"[bold]Tiers as of {escape(report.at)}[/]")
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column()
    currency = report.currency
    table.add_row(
        "Window", f"{window.days} days", f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"
    )
    lapsed = f"{report.lapsed:,} more bought before it only" if report.lapsed else ""
    table.add_row("Customers", f"{report.customers:,}", lapsed)
    revenue, profit = (_figure(one, currency) for one in (report.revenue, report.profit))
    table.add_row("Revenue", revenue, currency)
    table.add_row("Profit", profit, f"{currency}, cost to serve taken off")
    best, tail = report.best, report.tail
    top = _figure(tail.top_value, currency)
    table.add_row(
        "Best",
        f"{best.count:,}",
        f"{best.share_of_customers:.1%} of the customers make {best.share_of_revenue:.1%} "
        f"(cut at {best.share:.0%})",
    )
    table.add_row(
        "Tail",
        f"{tail.count:,}",
        f"make the last {tail.share:.0%}; the top one of them {top} {currency}",
    )
    table.add_row("Loss-making", f"{report.loss_making:,}", "for a cost review")
    table.add_row("Potential gold", f"{report.potential_gold:,}", "by trend")
    if report.no_rate:
        table.add_row("[yellow]No rate[/]", f"{report.no_rate:,}", "orders were not counted")
    if report.held_back:
        table.add_row("Held back", f"{report.held_back:,}", "a complaint of theirs is open")
    out.print(table)
    _show_tiers(report, tried=tried)
    rules = f"rules version {report.rules_version}" if report.rules_version else "the usual rules"
    out.print(f"[dim]{rules}, digest {escape(report.digest)}[/]")
    if report.unchanged:
        out.print("The same as the last run: nothing was written.")


def _figure(amount: float, currency: str) -> str:
    """An amount with as many decimals as its currency has."""
    from hub.customers.business.money import decimals_of

    return f"{amount:,.{decimals_of(currency)}f}"


def _show_tiers(report: TierReport, *, tried: bool) -> None:
    if report.tiers:
        table = Table("Tier", "Customers", box=None, pad_edge=False, header_style="dim")
        table.columns[1].justify = "right"
        for tier, count in report.tiers.items():
            table.add_row(escape(tier), f"{count:,}")
        out.print(table)
    if not report.moves:
        out.print("Nobody would move." if tried else "Nobody moved since the last run.")
        return
    moved = "Would move from" if tried else "Moved from"
    table = Table(moved, "to", "Customers", box=None, pad_edge=False, header_style="dim")
    table.columns[2].justify = "right"
    for move in report.moves:
        table.add_row(escape(move.from_), escape(move.to), f"{move.count:,}")
    out.print(table)


def _show_why(found: TierWhyView, asked: str) -> None:
    out.print(f"[bold]{escape(found.name or asked)}[/]  {escape(found.tier)}")
    out.print(f"  {escape(found.customer_id)}")
    if found.own != found.tier:
        out.print(f"  Their own tier is {escape(found.own)}; an organisation's better one counts.")
    until = f", until {found.expires_at.astimezone():%Y-%m-%d %H:%M}" if found.expires_at else ""
    reason = f": {found.reason}" if found.reason else ""
    out.print(
        escape(f"  From {found.source} since {found.since.astimezone():%Y-%m-%d}{until}{reason}")
    )
    if found.computed is not None and found.why is not None:
        which = f"rule {found.rule} of version {found.rules_version}" if found.rule else "no rule"
        out.print(
            escape(f"  By the rules: {found.computed} ({which}). {_WHY[found.why].capitalize()}.")
        )
    if found.objection is not None:
        out.print(escape(f"  Objected on {found.objection.objected_at.astimezone():%Y-%m-%d}."))
    if found.figures is None:
        err.print("[yellow]No run has found any order of theirs yet.[/]")
    else:
        _show_figures(found.figures)
    for change in found.changes:
        day = f"{change.at.astimezone():%Y-%m-%d}"
        words = f"{day}  {change.before} → {change.after}  {change.source}: {change.reason}"
        out.print(f"  [dim]{escape(words)}[/]")


def _show_figures(figures: FiguresView) -> None:
    from hub.customers.value.money import in_units

    def money(minor: int) -> str:
        return f"{_figure(in_units(minor, figures.currency), figures.currency)} {figures.currency}"

    rank = "none: nothing bought in the window"
    if figures.rank is not None:
        rank = f"{figures.rank:,} of {figures.of:,}"
    scores = f"{figures.recency} / {figures.frequency} / {figures.money}"
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    rows = [
        ("Revenue", money(figures.revenue_minor)),
        ("Margin", money(figures.margin_minor)),
        ("Cost to serve", money(figures.cost_minor)),
        ("Profit", money(figures.profit_minor)),
        ("Orders", f"{figures.orders:,}, the last on {figures.last_order.astimezone():%Y-%m-%d}"),
        ("Rank", rank),
        ("Trend", f"{figures.trend:+.0%}"),
        ("R / F / M", scores if figures.recency else "none"),
        ("Called", figures.segment.value.replace("_", " ")),
        ("Found", ", ".join(_FOUND.get(word, word) for word in figures.found) or "nothing"),
    ]
    if figures.clv_minor is not None:
        rows.append(("Expected value", money(figures.clv_minor)))
    for name, words in rows:
        table.add_row(f"  {name}", escape(words))
    out.print(table)
