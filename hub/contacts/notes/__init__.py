"""Notes among colleagues: whom they mention, and what they said before they were changed."""
