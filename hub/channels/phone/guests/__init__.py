"""Guests in the room of a call: rung, joined, set to who hears them, let go."""
