"""New customers find who looks after them, and plans what is done with them."""
