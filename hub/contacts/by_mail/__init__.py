"""A chat that goes on by mail: where to, what of it, and the link by which its customer returns."""
