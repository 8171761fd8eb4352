"""Pictures and pages of strangers, drawn anew by a limited child process: what comes out is only
pixels.
"""

from .cleaning import Cleaned, PictureRefused, clean_picture
from .pages import PAGED_TYPES, DocumentPages, PagesRefused

__all__ = [
    "PAGED_TYPES",
    "Cleaned",
    "DocumentPages",
    "PagesRefused",
    "PictureRefused",
    "clean_picture",
]
