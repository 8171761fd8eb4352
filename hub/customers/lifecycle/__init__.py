"""Where each customer stands, and what brought them there."""
