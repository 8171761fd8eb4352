"""What callers say, transcribed while they speak: begun and stopped on a live call (Transcriptions
resource of a Call, which takes its name as well as its SID).
"""

from __future__ import annotations

from typing import Any

from twilio.rest import Client

from hub.channels.phone.model import Call
from hub.channels.phone.port import Failed, Trouble
from hub.vendors.twilio import Fault, attempt

from .faults import failed_of
from .twiml import CALLER_ONLY, CAPTIONS, Style, heard_as

# The library declares a class of names where it takes the words.
_STOPPED: Any = "stopped"
_TRACK: Any = CALLER_ONLY
_NOBODY = Failed(Trouble.GONE, "The customer is not on the line.")


async def start_captions(client: Client, style: Style, call: Call) -> Failed | None:
    """Begin as the room's own document does (`twiml.customer_room`)."""
    if call.sid is None:
        return _NOBODY
    begun = await attempt(
        client.calls(call.sid).transcriptions.create_async(
            name=CAPTIONS,
            track=_TRACK,
            language_code=heard_as(call.language),
            partial_results=False,
            status_callback_url=style.urls("captions"),
            status_callback_method="POST",
        )
    )
    return failed_of(begun) if isinstance(begun, Fault) else None


async def stop_captions(client: Client, call: Call) -> Failed | None:
    if call.sid is None:
        return _NOBODY
    stopped = await attempt(
        client.calls(call.sid).transcriptions(CAPTIONS).update_async(status=_STOPPED)
    )
    return failed_of(stopped) if isinstance(stopped, Fault) else None
