"""SLA policies: deadlines on conversations, in business hours and with pause (routing.md 3.15)."""
