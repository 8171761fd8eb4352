"""Mailboxes that are connected in the pages: looked at as those of hub.toml, by the same steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import SQLAlchemyError

from hub.core.errors import HubError
from hub.core.findings import Finding, fault, warning
from hub.settings import Settings
from hub.setup.mailboxes import Mailboxes, Sealer, read_connected
from hub.setup.mailboxes.book import Connected
from hub.setup.tables import mail_connections
from hub.storage import Tx
from hub.vendors.mail.check import Aim, check_mailbox

from .database import read_there


def check_connected_mail(settings: Settings) -> Iterator[Finding]:
    """Sign in to every mailbox of the pages and leave again; those of hub.toml go before them.

    Nothing where there is no database yet, or it does not answer: `check_database` says so.
    """
    try:
        connected = read_there(settings, _connected, mail_connections) or []
    except HubError as error:
        yield fault("mail", error.message, "bring back the key file (mail.key_file)")
        return
    except SQLAlchemyError:
        return
    book = Mailboxes(settings.mail, connected)
    for one in connected:
        if book.is_locked(one.key):
            what = f"{one.key}: its secrets were sealed with a key that is not here"
            mend = "bring back the key file (mail.key_file), or type them anew on its page"
            yield warning("mail", what, mend, "mail.locked", point=one.key)
        elif one.mailbox is not None and book.place(one.key) is None:
            yield from check_mailbox(Aim(one.mailbox, "", f"{one.key}: "))


def _connected(tx: Tx, settings: Settings) -> Sequence[Connected]:
    return read_connected(tx, Sealer(settings.mail_key_path()))
