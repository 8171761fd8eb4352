"""Phone: calls in, waiting room, agents joined, voicemail; provider-neutral, with Twilio behind."""

from .channel import PhoneChannel
from .settings import PhoneSettings

__all__ = ["PhoneChannel", "PhoneSettings"]
