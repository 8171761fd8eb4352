"""Secrets at rest: sealed by a key that lies in a file, apart from the database and its backups.

AES-256-GCM of `cryptography`, with the owner's name bound in: a row copied to another entry point
does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.core.errors import Unavailable

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens with the key in `path`, which is made at the first seal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    def __repr__(self) -> str:
        return f"Sealer({str(self._path)!r})"

    def seal(self, plain: bytes, owner: str) -> str:
        """Return `plain` sealed for `owner`. Raises Unavailable where the key cannot be had."""
        key = self._find_key() or self._make_key()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, plain, owner.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> bytes | None:
        """Return what was sealed, or None where it was with another key or for another owner."""
        key = self._find_key()
        if key is None:
            return None
        try:
            raw = base64.b64decode(sealed, validate=True)
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError, binascii.Error):
            return None

    def _find_key(self) -> bytes | None:
        if self._key is None:
            try:
                found = base64.b64decode(self._path.read_bytes().strip(), validate=True)
            except (FileNotFoundError, NotADirectoryError):
                return None
            except (OSError, ValueError) as error:
                raise Unavailable(
                    f"The key of the mailboxes cannot be read from {self._path}: {error}"
                ) from error
            if len(found) != _KEY_BYTES:
                raise Unavailable(f"{self._path} holds no key of mailboxes: bring it back.")
            self._key = found
        return self._key

    def _make_key(self) -> bytes:
        """Make the key durable before anything is sealed by it; who was first has made it."""
        made = secrets.token_bytes(_KEY_BYTES)
        aside = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.b64encode(made) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(aside, self._path)
                _sync(self._path.parent)  # its name, too: what is sealed outlives a loss of power
            except FileExistsError:
                return self._find_key() or made
            finally:
                aside.unlink()
        except OSError as error:
            raise Unavailable(
                f"The key of the mailboxes cannot be kept in {self._path}: {error.strerror}"
            ) from error
        self._key = made
        return made


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
