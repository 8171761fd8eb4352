"""Twilio: the REST client on our own transport, and the webhook signature (phone, SMS)."""

from .client import (
    Account,
    Fault,
    FaultKind,
    TwilioTransport,
    attempt,
    open_client,
)
from .pace import Pace
from .signature import SignedRequest, is_signed_by
from .softphone import client_name

__all__ = [
    "Account",
    "Fault",
    "FaultKind",
    "Pace",
    "SignedRequest",
    "TwilioTransport",
    "attempt",
    "client_name",
    "is_signed_by",
    "open_client",
]
