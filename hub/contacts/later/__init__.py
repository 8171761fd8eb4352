"""Answers that go out later: at a chosen time, or once the time to take them back is over."""
