"""Calls that a firm's own PBX carries, as far as the hub has been told of them."""
