"""The contact queue: who waits, who can take them, and which of them goes to whom (routing.md)."""
