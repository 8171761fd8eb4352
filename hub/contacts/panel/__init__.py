"""The side panel of the desk as admins set it: its sections in order, and links of their own."""
