"""The phone account that is in force now: that of hub.toml, else the one of the pages."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from hub.settings import Twilio
from hub.setup.mailboxes import Sealer
from hub.setup.tables import phone_accounts
from hub.storage import Tx

from .model import AccountDocument, AccountSecrets, KeptAccount, account_of

OWNER = "phone:account"
"""What the secrets are sealed for, and the key of the one row."""


def read_account(tx: Tx, sealer: Sealer) -> KeptAccount | None:
    """Return the account that is connected in the pages."""
    row = tx.execute(select(phone_accounts).where(phone_accounts.c.id == OWNER)).first()
    return None if row is None else kept_of(row.document, row.sealed, sealer)


def kept_of(document: str, sealed: str, sealer: Sealer) -> KeptAccount:
    """Return what a row says, opened where its key is there."""
    opened = sealer.open(sealed, OWNER)
    secrets = None if opened is None else msgspec.json.decode(opened, type=AccountSecrets)
    return KeptAccount(msgspec.json.decode(document, type=AccountDocument), secrets)


class PhoneAccounts:
    """Who asks for the account asks here each time: it changes while the hub runs.

    An account of hub.toml wins. `base_url` of the provider is said there alone.
    """

    def __init__(self, twilio: Twilio, connected: KeptAccount | None = None) -> None:
        self._of_file = twilio
        self._connected = connected

    @property
    def base_url(self) -> str:
        return self._of_file.base_url

    @property
    def in_file(self) -> bool:
        """Whether the account stands in hub.toml."""
        return bool(self._of_file.account_sid)

    @property
    def is_locked(self) -> bool:
        """Whether one is connected whose secrets cannot be opened."""
        held = self._connected
        return held is not None and held.secrets is None and not self.in_file

    def take(self, connected: KeptAccount | None) -> None:
        """Have this in place of what was connected."""
        self._connected = connected

    def current(self) -> Twilio:
        """Return the account in force; without `account_sid` there is none."""
        held = self._connected
        if self.in_file or held is None or held.secrets is None:
            return self._of_file
        return account_of(held.document, held.secrets, self.base_url)
