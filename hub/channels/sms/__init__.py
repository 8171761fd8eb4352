"""Text messages (SMS) as a channel: the provider's webhooks in, its REST API out."""

from .channel import SmsChannel

__all__ = ["SmsChannel"]
