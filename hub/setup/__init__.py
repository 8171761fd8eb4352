"""The business set-up: read, checked, put in force, every version kept (`hub apply`, pages)."""

from .apply import ApplySetup, apply_setup
from .changes import Changes
from .check import BadSetup, check_setup
from .model import Setup

__all__ = ["ApplySetup", "BadSetup", "Changes", "Setup", "apply_setup", "check_setup"]
