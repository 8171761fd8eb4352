"""Twilio behind the phone port: TwiML, requests and webhooks."""

from .adapter import TwilioPort
from .routes import webhook_routes
from .webhooks import TwilioWebhooks

__all__ = ["TwilioPort", "TwilioWebhooks", "webhook_routes"]
