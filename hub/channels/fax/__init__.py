"""The fax channel: faxes come in as mails of a gateway, answers go out as mails to it."""

from .channel import FaxChannel
from .settings import FaxSettings

__all__ = ["FaxChannel", "FaxSettings"]
