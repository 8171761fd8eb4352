"""The doctor's rounds: every part in order; one that breaks does not hide the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hub.doctor.findings import Finding, fault, warning, well
from hub.doctor.machine import check_data_folder, check_database, check_names, check_ports
from hub.doctor.mail import check_mail
from hub.doctor.phone import check_phone
from hub.settings import Settings, SettingsError, load_settings

Check = Callable[[Settings], Iterator[Finding]]


def check_setup_file(settings: Settings) -> Iterator[Finding]:
    """Is the business set-up where `hub apply` looks for it."""
    path = Path(settings.setup_file)
    if path.is_file():
        yield well("configuration", f"business set-up: {path}")
    else:
        mend = "cp config/contact_center.example.toml there, edit it, then hub apply"
        yield warning("configuration", f"no business set-up at {path} (setup_file)", mend)


CHECKS: tuple[Check, ...] = (
    check_setup_file,
    check_data_folder,
    check_database,
    check_ports,
    check_names,
    check_mail,
    check_phone,
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
