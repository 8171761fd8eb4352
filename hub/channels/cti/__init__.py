"""Calls that a firm's own PBX carries (CTI): it tells of them, the audio stays where it is."""

from .channel import PbxChannel
from .settings import PbxSettings, pbx_of

__all__ = ["PbxChannel", "PbxSettings", "pbx_of"]
