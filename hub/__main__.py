"""The command `hub`: starts the hub and does by hand what it does for others."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from hub.commands.apply import apply
from hub.commands.audit import audit
from hub.commands.email import email
from hub.commands.imports import import_
from hub.commands.knowledge import knowledge
from hub.commands.phone import phone
from hub.commands.privacy import privacy
from hub.commands.rebuild import rebuild
from hub.commands.reports import export, report
from hub.commands.terminal import Command, do, err, out, settings_of, with_config
from hub.commands.tiers import tiers
from hub.core import log
from hub.core.errors import HubError
from hub.settings import Settings
from hub.simulation.command import simulate
from hub.simulation.staff_command import staff


class Commands(click.Group):
    """Shows an expected error as one sentence and ends with 1, whatever command raised it."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HubError as error:
            err.print(f"[red]hub:[/] {escape(error.message)}")
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="contact-hub", prog_name="hub")
def main() -> None:
    """Contact Hub: phone, email, web chat and fax in one queue by customer tier."""


@main.command()
@with_config
@click.option("--doors", is_flag=True, hidden=True, help="One-click sign-in, for the demo only.")
def serve(config: Path | None, doors: bool) -> None:
    """Run the hub until it is told to stop (SIGTERM, Ctrl-C); a second signal ends it at once."""
    from hub.app import Hub
    from hub.app import serve as run

    settings = settings_of(config)

    def ready(hub: Hub) -> None:
        server = hub.settings.server
        err.print(f"Contact Hub: console {hub.base_url}, chat {server.chat_socket_url()}")

    run_until_stopped(lambda stop: run(settings, stop, ready, doors=doors))


def _port(name: str, default: int, words: str) -> Callable[[Command], Command]:
    kind = click.IntRange(0, 65535)
    return click.option(name, default=default, type=kind, show_default=True, help=words)


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Keep the data here. Default: a temporary folder.",
)
@_port("--port", 8080, "Console and API; 0: a free port.")
@_port("--chat-port", 8081, "The customers' chat; 0: free.")
@_port("--mail-port", 2525, "Mail by SMTP; 0: free.")
@_port("--site-port", 8070, "The demo's own pages; the next free one where it is taken.")
@click.option("--no-traffic", is_flag=True, help="Only you: no customers, no colleagues.")
@click.option(
    "--ready-file", type=click.Path(path_type=Path), help="Write addresses and users here."
)
def demo(
    data: Path | None,
    port: int,
    chat_port: int,
    mail_port: int,
    site_port: int,
    no_traffic: bool,
    ready_file: Path | None,
) -> None:
    """Run a hub with a sample set-up, customers and colleagues."""
    from hub.demo.driver import DemoOptions, run_demo

    log.configure("warning", "auto")
    options = DemoOptions(data, port, chat_port, mail_port, site_port, not no_traffic, ready_file)
    asyncio.run(run_demo(options, lambda words: out.print(words, markup=False)))


def run_until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with an event that a signal sets. Exits with 1 when a service broke."""
    import uvloop

    async def run() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()

        def told() -> None:
            stop.set()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, told)
        await work(stop)

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())
    except ExceptionGroup:  # run_services has logged which service broke, with its trace
        sys.exit(1)


@main.command()
@with_config
def migrate(config: Path | None) -> None:
    """Bring the database to the newest schema."""
    from contextlib import ExitStack

    from hub.schema import upgrade
    from hub.storage.lock import FileLock

    settings = settings_of(config)
    with ExitStack() as held:
        if (database := settings.sqlite_path()) is not None:
            held.enter_context(FileLock(database))
        upgrade(settings.database())
    out.print("The database is up to date.")


@main.command()
@with_config
def doctor(config: Path | None) -> None:
    """Look at every part that can be wrong and say how to mend it."""
    from hub.doctor import Verdict, examine

    marks = {
        Verdict.WELL: "green]ok     ",
        Verdict.WARNING: "yellow]warning",
        Verdict.FAULT: "red]FAULT  ",
    }
    count = dict.fromkeys(Verdict, 0)
    for finding in examine(config):
        count[finding.verdict] += 1
        out.print(f"[{marks[finding.verdict]}[/] {finding.part:<13} {escape(finding.what)}")
        if finding.mend:
            out.print(f"{'':21} → {escape(finding.mend)}")
    out.print(f"faults: {count[Verdict.FAULT]}, warnings: {count[Verdict.WARNING]}")
    sys.exit(1 if count[Verdict.FAULT] else 0)


@main.group()
def user() -> None:
    """Add, reset and disable users."""


@user.command("add")
@click.argument("email")
@click.option("--name", help="What colleagues and customers see. Default: the part before the @.")
@click.option(
    "--role", type=click.Choice(["specialist", "agent", "supervisor", "admin"]), default="agent"
)
@click.option("--team", "teams", multiple=True, help="The key of a team; may be repeated.")
@click.option("--language", type=click.Choice(["zh-CN", "en"]), default="en")
@with_config
def add_user(
    config: Path | None,
    email: str,
    name: str | None,
    role: str,
    teams: tuple[str, ...],
    language: str,
) -> None:
    """Add a user and print a random password, once."""
    from hub.jobs.work import NewUser, UserPassword
    from hub.web.principal import Role

    new = NewUser(email, name or email.partition("@")[0], Role(role), list(teams), language)
    added = do(settings_of(config), "user.add", new, UserPassword)
    out.print(f"{escape(added.email)}  {escape(added.password)}", markup=True)


@user.command("reset")
@click.argument("email")
@with_config
def reset_user(config: Path | None, email: str) -> None:
    """Give a user a new random password, end their sessions, let them in again."""
    from hub.jobs.work import UserName, UserPassword

    reset = do(settings_of(config), "user.reset", UserName(email), UserPassword)
    out.print(f"{escape(reset.email)}  {escape(reset.password)}")


@user.command("disable")
@click.argument("email")
@click.option(
    "--to", default="", metavar="EMAIL", help="Who takes over everything that they look after."
)
@with_config
def disable_user(config: Path | None, email: str, to: str) -> None:
    """Keep a user out; their sessions end at once, their history stays.

    Nothing is left without an owner: customers, open contacts, commitments and callbacks go to the
    user --to, and without one nobody is disabled who has any.
    """
    from hub.jobs.work import LeavingUser, UserLeft

    left = do(settings_of(config), "user.disable", LeavingUser(email, to), UserLeft)
    out.print(f"{escape(left.email)} is disabled.")
    given = ", ".join(f"{number} {kind}" for kind, number in left.handed_over.counts.items())
    if left.handed_over.any:
        out.print(f"{escape(to)} has taken over: {given}.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@with_config
def backup(config: Path | None, folder: Path) -> None:
    """Copy database and attachments into a new folder in FOLDER; the hub may run."""
    from hub.jobs.work import BackupMade, BackupTo

    made = do(settings_of(config), "backup", BackupTo(str(folder.resolve())), BackupMade)
    out.print(f"Backup: {escape(made.folder)}")


@main.command()
@click.argument("source", type=click.Path(path_type=Path, file_okay=False, exists=True))
@with_config
def restore(config: Path | None, source: Path) -> None:
    """Bring the backup SOURCE into the empty database and data folder of the settings."""
    from hub.storage.backup import restore_backup

    settings = settings_of(config)
    if (database := settings.sqlite_path()) is not None:
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = restore_backup(source, settings.database(), settings.blobs_path())
    out.print(f"Restored the database and {count} attachments. Start the hub.")


main.add_command(apply)
main.add_command(audit)
main.add_command(email)
main.add_command(import_)
main.add_command(phone)
main.add_command(privacy)
main.add_command(rebuild)
main.add_command(knowledge)
main.add_command(simulate)
main.add_command(staff)
main.add_command(tiers)
main.add_command(export)
main.add_command(report)


@main.command()
def openapi() -> None:
    """Print the description of the API, as docs/openapi.json keeps it."""
    from tempfile import TemporaryDirectory

    from hub.settings import Backup, Server

    server = Server(port=0, chat_port=0, mail_port=-1)
    with TemporaryDirectory(prefix="hub-") as folder:
        settings = Settings(data_dir=folder, server=server, backup=Backup(keep=0))
        click.echo(asyncio.run(_description(settings)), nl=False)


async def _description(settings: Settings) -> bytes:
    """Ask a hub of its own, for a moment: what it serves is what is described."""
    import aiohttp

    from hub.app import Hub, serve

    stop = asyncio.Event()
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def ready(hub: Hub) -> None:
        told.set_result(f"{hub.base_url}/api/openapi.json")

    async with asyncio.TaskGroup() as group:
        group.create_task(serve(settings, stop, ready))
        url = await told
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            description = await answer.read()
        stop.set()
    return description


if __name__ == "__main__":
    main()
