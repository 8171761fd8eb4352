"""A local telephony provider with Twilio's contract over real HTTP, for tests and the demo."""

from .exchange import Phone
from .rest import Trouble
from .simulator import SimulatedCaller, TwilioSimulator
from .state import Alert, Caption, Number, SimRecording
from .webhooks import Delivery, Faults

__all__ = [
    "Alert",
    "Caption",
    "Delivery",
    "Faults",
    "Number",
    "Phone",
    "SimRecording",
    "SimulatedCaller",
    "Trouble",
    "TwilioSimulator",
]
