"""Legal holds: of a customer in a dispute nothing is deleted, whatever the rules say."""
