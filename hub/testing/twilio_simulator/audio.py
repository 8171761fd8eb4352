"""What a party of a room hears, as samples: every voice is a tone, the room mixes them.

So a test asks the sound itself who is heard, and not what the simulator meant: a whisper that
reached the customer would be in the customer's samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .state import SimParticipant

RATE_HZ = 8000
MUSIC_HZ = 250.0
_FIRST_HZ, _STEP_HZ = 400.0, 150.0  # whole periods in _MIXED samples: tones do not leak
_MIXED = 800  # a tenth of a second
_LEVEL = 0.2
_AUDIBLE = _LEVEL / 2


def voices(parties: Sequence[SimParticipant]) -> dict[str, float]:
    """Give each party of a room a tone of its own, by CallSid, in Hz."""
    return {party.call.sid: _FIRST_HZ + _STEP_HZ * at for at, party in enumerate(parties)}


def mixed_for(listener: SimParticipant) -> list[float]:
    """Return a tenth of a second of what this party hears while all others speak at once."""
    if listener.hold:
        return _tone(MUSIC_HZ) if listener.hold_music else [0.0] * _MIXED
    tones = voices(listener.conference.participants)
    mix = [0.0] * _MIXED
    for other in listener.conference.participants:
        if listener.hears(other):
            mix = [a + b for a, b in zip(mix, _tone(tones[other.call.sid]), strict=True)]
    return mix


def level_of(samples: Sequence[float], hertz: float) -> float:
    """Return how loud a tone is in the samples (Goertzel 1958): its amplitude."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE_HZ)
    last = before = 0.0
    for sample in samples:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    return 2 * math.sqrt(max(0.0, power)) / len(samples)


def heard_in(samples: Sequence[float], tones: Mapping[str, float]) -> set[str]:
    """Return whose tones are in the samples."""
    return {name for name, hertz in tones.items() if level_of(samples, hertz) > _AUDIBLE}


def _tone(hertz: float) -> list[float]:
    return [_LEVEL * math.sin(2 * math.pi * hertz * at / RATE_HZ) for at in range(_MIXED)]
