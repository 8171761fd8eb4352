"""Help pages: what customers may read themselves, as pages and by the API, without signing in."""
