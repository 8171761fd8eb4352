"""The certificate of the mail listener: two files, taken up anew once they are renewed."""

from __future__ import annotations

import logging
import os
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from hub.core.errors import Invalid
from hub.settings import Server

log = logging.getLogger(__name__)

_Stamp = tuple[int, ...]  # of a file: differs once it was written, replaced or opened to us
_OTHER_KEY = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"})


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files: `certificate` with those between it and its authority behind it, and its `key`,
    None where that stands in the same file.
    """

    certificate: Path
    key: Path | None = None

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.certificate,) if self.key is None else (self.certificate, self.key)


def load_context(files: CertificateFiles) -> ssl.SSLContext:
    """Return what a server shakes hands with, by TLS 1.2 or newer. Raises Invalid, with the file
    and what is wrong with it.
    """
    for path in files.all:
        _read(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    asked: list[bool] = []

    def no_password() -> str:
        asked.append(True)  # else OpenSSL asks for it on the terminal
        return ""

    key = files.key or files.certificate
    try:
        context.load_cert_chain(files.certificate, files.key, no_password)
    except (OSError, ValueError) as error:
        if asked:
            raise Invalid(f"{key}: the key is locked by a password: keep it without") from error
        if getattr(error, "reason", None) in _OTHER_KEY:
            raise Invalid(f"{key}: the key is not that of {files.certificate}") from error
        certificate_of(files)
        raise Invalid(f"{key}: there is no private key in it (PEM)") from error
    return context


def certificate_of(files: CertificateFiles) -> x509.Certificate:
    """Return the certificate that is shown: the first of its file. Raises Invalid."""
    try:
        return x509.load_pem_x509_certificates(_read(files.certificate))[0]
    except ValueError as error:
        raise Invalid(f"{files.certificate}: there is no certificate in it (PEM)") from error


def ends_at(files: CertificateFiles) -> datetime:
    """Return until when the certificate is good, UTC. Raises Invalid."""
    return certificate_of(files).not_valid_after_utc


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror or error}") from error


def files_of(server: Server) -> CertificateFiles | None:
    """Return the files of the settings, None where there are none."""
    if not server.mail_certificate:
        return None
    key = Path(server.mail_key).expanduser() if server.mail_key else None
    return CertificateFiles(Path(server.mail_certificate).expanduser(), key)


def listener_tls(server: Server) -> IntakeTls | None:
    """Return how the listener of the settings encrypts; None: not at all."""
    files = files_of(server)
    return None if files is None else IntakeTls(files, required=server.mail_tls == "required")


class IntakeTls:
    """How the listener encrypts. `required`: it takes no mail in clear.

    A certificate that cannot be taken up leaves the one before in force, where there is one: who
    renews it writes two files, one after the other.
    """

    def __init__(self, files: CertificateFiles, *, required: bool = False) -> None:
        self.required = required
        self._files = files
        self._seen: list[_Stamp | None] | None = None
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext | None:
        """Return what to shake hands with now; None where no certificate is any good, which is
        logged once for each state of the files.
        """
        seen = [_stamp(path) for path in self._files.all]
        if seen == self._seen:
            return self._context
        self._seen = seen
        try:
            self._context = load_context(self._files)
            log.info("mail intake shows the certificate of %s", self._files.certificate)
        except Invalid as error:
            still = "the one before goes on" if self._context else "STARTTLS is not offered"
            log.error("the certificate of the mail intake: %s; %s", error.message, still)
        return self._context


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
