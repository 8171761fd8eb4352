"""How long what was said in contacts is kept: the rule, and how far it was carried out."""
