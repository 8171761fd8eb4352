"""A local telephony provider with Twilio's contract over real HTTP, for tests and the demo."""

from .exchange import RINGS, Phone
from .rest import Trouble
from .simulator import SimulatedCaller, TwilioSimulator
from .softphones import MediaPeer, Softphones
from .state import Alert, Caption, Number, SimRecording
from .webhooks import Delivery, Faults

__all__ = [
    "RINGS",
    "Alert",
    "Caption",
    "Delivery",
    "Faults",
    "MediaPeer",
    "Number",
    "Phone",
    "SimRecording",
    "SimulatedCaller",
    "Softphones",
    "Trouble",
    "TwilioSimulator",
]
