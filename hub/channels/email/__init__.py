"""The email channel: mailboxes by IMAP, mail by SMTP or LMTP in, SMTP out."""

from .channel import EmailChannel
from .settings import EmailSettings

__all__ = ["EmailChannel", "EmailSettings"]
