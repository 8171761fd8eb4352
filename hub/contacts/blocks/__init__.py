"""The block list: whom we do not serve, over every channel, why, and until when."""
