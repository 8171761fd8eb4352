"""The doctor's rounds: every part in order; one that breaks does not hide the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hub.contacts.model import Channel
from hub.core.errors import HubError
from hub.core.findings import Finding, fault, warning, well
from hub.doctor.audit import check_audit
from hub.doctor.files import check_files
from hub.doctor.keeping import check_keeping
from hub.doctor.laws import check_laws
from hub.doctor.machine import check_data_folder, check_database, check_names, check_ports
from hub.doctor.mailboxes import check_connected_mail
from hub.doctor.phone import account_in_force, check_phone
from hub.jobs.setup import read_setup
from hub.settings import Settings, SettingsError, load_settings
from hub.vendors.mail.check import check_mail
from hub.vendors.twilio.check import check_texts

Check = Callable[[Settings], Iterator[Finding]]


def check_setup_file(settings: Settings) -> Iterator[Finding]:
    """Is the business set-up there and right, and does it know our mailboxes."""
    path = Path(settings.setup_file)
    if not path.is_file():
        mend = "cp config/contact_center.example.toml there, edit it, then hub apply"
        yield warning("configuration", f"no business set-up at {path} (setup_file)", mend)
        return
    try:
        setup = read_setup(path.read_text("utf-8"))
    except (HubError, OSError, UnicodeDecodeError) as error:
        yield fault("configuration", f"{path}: {error}", "correct it, then hub apply")
        return
    yield well("configuration", f"business set-up: {path}, {len(setup.queues)} queues")
    known = {point.key for point in setup.entry_points}
    for index, mailbox in enumerate(settings.mail.mailboxes):
        if mailbox.entry_point not in known:
            what = f"mail.mailboxes.{index}: {path} has no entry point {mailbox.entry_point!r}"
            yield fault("configuration", what, f"write one of: {', '.join(sorted(known))}")


_OF_POINTS = {Channel.SMS.value: check_texts}
"""By channel: whether what is outside knows one of its entry points."""


def check_points(settings: Settings) -> Iterator[Finding]:
    """Does what is outside lead to the entry points of the set-up; a faulty one is told above."""
    try:
        setup = read_setup(Path(settings.setup_file).read_text("utf-8"))
    except (HubError, OSError, UnicodeDecodeError):
        return
    for point in setup.entry_points:
        if point.channel in _OF_POINTS:
            base_url = settings.server.base_url()
            yield from _OF_POINTS[point.channel](account_in_force(settings), base_url, point.key)


CHECKS: tuple[Check, ...] = (
    check_setup_file,
    check_data_folder,
    check_database,
    check_files,
    check_laws,
    check_keeping,
    check_audit,
    check_ports,
    check_names,
    check_mail,
    check_connected_mail,
    check_phone,
    check_points,
)


def examine(
    config: Path | None,
    environ: Mapping[str, str] = os.environ,
    checks: tuple[Check, ...] = CHECKS,
) -> Iterator[Finding]:
    """Yield the findings part by part, as they are made; a wrong configuration ends the rounds."""
    try:
        settings = load_settings(config, environ)
    except SettingsError as error:
        for reason in error.faults:
            yield fault("configuration", reason, "correct that key; see config/hub.example.toml")
        return
    yield well("configuration", f"{config or 'no file, the defaults'}: every key is known")
    for check in checks:
        yield from check(settings)
