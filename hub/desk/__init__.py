"""The agent's story: accept, reply, note, hold, park, transfer, end, close, start."""
