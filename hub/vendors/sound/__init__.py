"""Sound files as they are shown."""

from .peaks import make_peaks

__all__ = ["make_peaks"]
