"""Tags: short words that agents put on contacts, to find and count them by."""
