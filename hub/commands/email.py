"""`hub email`: what the hub makes of mails and mailboxes, from the command line."""

from __future__ import annotations

import click

from .email_parse import parse


@click.group()
def email() -> None:
    """Look at mails as the hub does."""


email.add_command(parse)
