"""Mailboxes that admins connect in the pages: what is set of each, and all that are in force.

Those of hub.toml win: who keeps the configuration in files decides there, and a page that wrote
over it would be undone at the next start.
"""

from .book import Connected, Mailboxes, read_connected
from .grants import StoredGrants
from .sealing import Sealer
from .service import CHANGED

__all__ = ["CHANGED", "Connected", "Mailboxes", "Sealer", "StoredGrants", "read_connected"]
