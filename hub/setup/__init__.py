"""The business set-up: read the file, check it, put it in force (`hub apply`)."""

from .apply import ApplySetup, Changes, apply_setup
from .check import BadSetup, check_setup
from .model import Setup

__all__ = ["ApplySetup", "BadSetup", "Changes", "Setup", "apply_setup", "check_setup"]
