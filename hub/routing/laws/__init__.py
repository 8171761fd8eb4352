"""The laws of the contact queue, watched while it runs: see `sweep` (routing.md section 5)."""
