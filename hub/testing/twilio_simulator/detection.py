"""Answering machines: what a request for a call asks for, in Twilio's names (asynchronous AMD)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DETECTS_S = 2.0  # how long it listens


@dataclass(frozen=True, slots=True)
class Detection:
    """Where it is told who picked up: human, machine_start, fax, unknown."""

    url: str
    method: str


def detection_of(form: Mapping[str, str]) -> Detection | None:
    """Return what a request asks for; None where it asks for no detection, or for one that the
    call waits for (that one is not simulated).
    """
    wanted = form.get("MachineDetection", "") in ("Enable", "DetectMessageEnd")
    if not wanted or form.get("AsyncAmd") != "true":
        return None
    url = form.get("AsyncAmdStatusCallback", "")
    return Detection(url, form.get("AsyncAmdStatusCallbackMethod", "POST")) if url else None
