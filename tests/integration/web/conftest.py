"""The accounts office, for tests of the HTTP edge itself."""

from __future__ import annotations

from tests.integration.accounts.conftest import office, passwords

__all__ = ["office", "passwords"]
