"""What the hub fetches from addresses that somebody else wrote."""

from .addresses import Address, Allow, is_public
from .client import Failed, Fetched, OutboundHttp
from .images import sniff_image

__all__ = ["Address", "Allow", "Failed", "Fetched", "OutboundHttp", "is_public", "sniff_image"]
