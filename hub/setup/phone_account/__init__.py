"""The phone account that admins connect in the pages; one of hub.toml wins, as with mailboxes."""

from .book import PhoneAccounts, read_account
from .service import CHANGED, Carried, find_lines

__all__ = ["CHANGED", "Carried", "PhoneAccounts", "find_lines", "read_account"]
