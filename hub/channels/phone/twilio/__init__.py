"""Twilio behind the phone port: TwiML, requests and webhooks."""

from .adapter import TwilioPort
from .webhooks import TwilioWebhooks

__all__ = ["TwilioPort", "TwilioWebhooks"]
