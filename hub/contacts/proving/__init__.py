"""A visitor proves that a mailbox is theirs: by a code that is mailed there."""
