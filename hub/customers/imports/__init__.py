"""Customers from files: CSV and business cards, looked at first, in pieces, and out again.

`file`, `encoding` and `vcard` read; `mapping` and `rows` check; `plan` decides and `write` writes;
`service` and `undo` are the transactions of a batch; `importing` works on one; `runner` is the
service that works on all of them in the hub.
"""

from .importing import ROWS_A_PIECE, ImportReport, import_customers
from .order import ImportOrder

__all__ = ["ROWS_A_PIECE", "ImportOrder", "ImportReport", "import_customers"]
