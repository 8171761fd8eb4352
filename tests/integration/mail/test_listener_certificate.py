"""The certificate of the mail listener: what is wrong with its files, and when it ends."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.core.errors import Invalid
from hub.core.findings import Verdict
from hub.settings import Server, Settings
from hub.vendors.mail.check import check_mail
from hub.vendors.mail.check.listener_steps import check_listener
from hub.vendors.mail.intake_tls import CertificateFiles, load_context

from .bad_servers import certificate


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    certificate(tmp_path, days=90)
    return CertificateFiles(tmp_path / "public.pem", tmp_path / "private.pem")


def _another_key(password: bytes | None = None) -> bytes:
    way = serialization.BestAvailableEncryption(password) if password else None
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        way or serialization.NoEncryption(),
    )


def _no_file(path: Path) -> None:
    path.unlink()


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("which", "spoil", "told"),
    [
        ("public.pem", _no_file, "No such file"),
        ("private.pem", _no_file, "No such file"),
        ("private.pem", _a_folder, "Is a directory"),
        ("public.pem", lambda path: path.write_text("x"), "there is no certificate in it"),
        ("private.pem", lambda path: path.write_text("x"), "there is no private key in it"),
        ("private.pem", lambda path: path.write_bytes(_another_key()), "is not that of"),
        ("private.pem", lambda path: path.write_bytes(_another_key(b"1")), "locked by a password"),
    ],
)
def test_files_that_are_no_good_are_named_with_what_is_wrong(
    files: CertificateFiles, which: str, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(files.certificate.with_name(which))
    with pytest.raises(Invalid, match=f"{which}: .*{told}"):
        load_context(files)


def test_the_key_may_stand_in_the_file_of_the_certificate(files: CertificateFiles) -> None:
    assert files.key is not None
    both = files.certificate.with_name("both.pem")
    both.write_bytes(files.key.read_bytes() + files.certificate.read_bytes())
    context = load_context(CertificateFiles(both))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("days", "tls", "verdict", "code"),
    [
        (0, "offered", Verdict.WELL, "mail.listener_offered"),
        (0, "required", Verdict.WELL, "mail.listener_required"),
        (80, "offered", Verdict.WARNING, "mail.listener_ends"),
        (91, "required", Verdict.FAULT, "mail.listener_ended"),
    ],
)
def test_the_end_of_its_certificate_is_foreseen(
    files: CertificateFiles, days: int, tls: str, verdict: Verdict, code: str
) -> None:
    later = datetime.now(UTC) + timedelta(days=days)
    [found] = check_listener(_server(files, tls), later)
    assert (found.verdict, found.code) == (verdict, code)


@pytest.mark.parametrize(
    ("tls", "code"),
    [("offered", "mail.listener_open"), ("required", "mail.listener_closed")],
)
def test_the_doctor_names_files_that_are_no_good(
    files: CertificateFiles, tls: str, code: str
) -> None:
    assert files.key is not None
    files.key.write_bytes(_another_key())
    found = next(check_mail(Settings(server=_server(files, tls))))
    assert (found.verdict, found.code) == (Verdict.FAULT, code)
    assert "private.pem: the key is not that of" in found.what


def _server(files: CertificateFiles, tls: str) -> Server:
    assert tls in ("offered", "required")
    return Server(
        mail_certificate=str(files.certificate),
        mail_key=str(files.key),
        mail_tls="required" if tls == "required" else "offered",
    )
