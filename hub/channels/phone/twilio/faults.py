"""What went wrong at Twilio, as the port says it."""

from __future__ import annotations

from hub.channels.phone.port import Failed, Trouble
from hub.vendors.twilio import Fault, FaultKind

_TROUBLE = {
    FaultKind.GONE: Trouble.GONE,
    FaultKind.TRANSIENT: Trouble.AGAIN,
    FaultKind.PERMANENT: Trouble.NEVER,
    FaultKind.LOST: Trouble.UNKNOWN,
}


def failed_of(fault: Fault) -> Failed:
    """Return the port's value of a fault."""
    return Failed(_TROUBLE[fault.kind], fault.reason, fault.retry_after_s)
