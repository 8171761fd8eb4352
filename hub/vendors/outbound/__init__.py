"""What the hub fetches from addresses that somebody else wrote."""

from .addresses import Address, Allow, is_on_the_network, is_public
from .client import Ask, Failed, Fetched, OutboundHttp
from .images import sniff_image

__all__ = [
    "Address",
    "Allow",
    "Ask",
    "Failed",
    "Fetched",
    "OutboundHttp",
    "is_on_the_network",
    "is_public",
    "sniff_image",
]
