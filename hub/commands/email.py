"""`hub email`: what the hub makes of mails and mailboxes, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.markup import escape

from .email_parse import parse
from .terminal import MARKS, do, out, settings_of, with_config


@click.group()
def email() -> None:
    """Look at mails as the hub does, and check mailboxes."""


email.add_command(parse)


@email.command("check")
@click.argument("entry_point", default="")
@click.option("--send", is_flag=True, help="Send a mail to itself and see it come back.")
@with_config
def check(config: Path | None, entry_point: str, send: bool) -> None:
    """Reach, sign in to and look at the mailbox of ENTRY_POINT, or all, step by step.

    Without --send nothing is read, sent or marked; a folder for filed mail that is missing is made.
    With it a mail goes from each address to itself and is looked for, 40 seconds at the most. The
    hub may run. Ends with 1 where a step failed.
    """
    from hub.jobs.mailboxes import CheckMailboxes, MailboxSteps

    found = do(
        settings_of(config), "mailboxes.check", CheckMailboxes(entry_point, send), MailboxSteps
    )
    told = ""
    for step in found.steps:
        if step.entry_point != told:
            told = step.entry_point
            out.print(f"[bold]{escape(told)}[/]")
        out.print(f"  [{MARKS[step.verdict]}[/] {escape(step.what)}")
        if step.mend:
            out.print(f"{'':12}→ {escape(step.mend)}")
    if not found.steps:
        out.print("No mailbox is connected.")
    sys.exit(1 if any(step.verdict == "fault" for step in found.steps) else 0)
