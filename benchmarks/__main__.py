"""Run every benchmark, one after the other, and print all tables: `make bench`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import click

SCRIPTS = (
    "chat",
    "chat_throughput",
    "phone",
    "idle_memory",
    "idle_cpu",
    "offer_latency",
    "email",
    "large_mails",
    "mail_to_console",
    "mail_backlog",
    "inbox_page",
    "start_up",
    "simulation",
    "routing",
    "assignments",
    "laws",
    "keeping",
    "customers",
    "knowledge",
    "tiers",
    "orders",
    "imports",
    "console",
)
ALONE = ("shift", "long_fax")  # longer than all the others together
_CLEAN_UP_S = 30.0
_BUSY = " - other programs run: figures of time are worse than this machine's"


def _run(script: str, options: list[str], limit_s: float) -> str:
    """Run one script; return what went wrong, or ""."""
    command = [sys.executable, "-m", f"benchmarks.{script}", *options]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own scripts
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # it ends the servers it has started
            try:
                process.wait(_CLEAN_UP_S)
            except subprocess.TimeoutExpired:
                process.kill()
            return "cut off: the time was over"
    return f"failed ({code})" if code else ""


@click.command()
@click.option("--minutes", default=30.0, help="When to stop, finished or not.")
@click.option("--quick", is_flag=True, help="Only see that they work: the figures mean nothing.")
def main(minutes: float, *, quick: bool) -> None:
    """Print every figure of docs/performance.md beside its limit."""
    deadline = time.monotonic() + 60 * minutes
    cores, busy = os.cpu_count(), os.getloadavg()[0]
    click.echo(f"{cores} cores; load before: {busy:.1f}" + ("" if busy < 1 else _BUSY))
    faults = {}
    for script in SCRIPTS:
        left_s = deadline - time.monotonic()
        options = ["--quick"] if quick else []
        fault = _run(script, options, left_s) if left_s > 0 else "not run: the time was over"
        if fault:
            faults[script] = fault
    for script, fault in faults.items():
        click.echo(f"benchmarks.{script}: {fault}", err=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
