"""Pictures of strangers, written anew by a limited child process: what comes out is only pixels."""

from .cleaning import Cleaned, PictureRefused, clean_picture

__all__ = ["Cleaned", "PictureRefused", "clean_picture"]
