"""TwiML as the simulated provider reads it: the verbs it knows, strictly. Pure.

A document that Twilio would refuse (not XML, an unknown verb or attribute, wrong nesting) is
refused here too, with Twilio's error number, so that a mistake shows in a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

NOT_XML = 12100
NOT_TWIML = 12200


class BadDocument(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[Verb, ...]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def seconds(self, name: str, default: float) -> float:
        return float(self.attributes.get(name, default))

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.attributes.get(name)
        return default if value is None else value == "true"


_ATTRIBUTES: dict[str, frozenset[str]] = {
    name: frozenset(attributes.split())
    for name, attributes in {
        "Say": "voice language loop",
        "Play": "loop digits",
        "Pause": "length",
        "Gather": "action method timeout numDigits finishOnKey actionOnEmptyResult input language "
        "hints speechTimeout profanityFilter partialResultCallback bargeIn",
        "Enqueue": "action method waitUrl waitUrlMethod workflowSid",
        "Leave": "",
        "Redirect": "method",
        "Hangup": "",
        "Reject": "reason",
        "Record": "action method timeout finishOnKey maxLength playBeep trim "
        "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent "
        "transcribe transcribeCallback",
        "Dial": "action method timeout hangupOnStar timeLimit callerId record answerOnBridge",
        "Number": "statusCallback statusCallbackMethod statusCallbackEvent sendDigits url method",
        "Start": "",
        "Stop": "",
        "Transcription": "name track statusCallbackUrl statusCallbackMethod languageCode "
        "partialResults inboundTrackLabel outboundTrackLabel transcriptionEngine "
        "profanityFilter speechModel hints enableAutomaticPunctuation",
        "Conference": "muted beep startConferenceOnEnter endConferenceOnExit waitUrl waitMethod "
        "maxParticipants record region trim coach statusCallbackEvent statusCallback "
        "statusCallbackMethod recordingStatusCallback recordingStatusCallbackMethod "
        "recordingStatusCallbackEvent eventCallbackUrl jitterBufferSize participantLabel",
    }.items()
}
_NESTED = {
    "Gather": {"Say", "Play", "Pause"},
    "Dial": {"Conference", "Number"},
    "Start": {"Transcription"},
    "Stop": {"Transcription"},
}
_TOP = frozenset(_ATTRIBUTES) - {"Conference", "Number", "Transcription"}
IN_QUEUE = frozenset({"Say", "Play", "Pause", "Hangup", "Redirect", "Leave", "Gather"})


def parse_document(text: str, allowed: frozenset[str] = _TOP) -> tuple[Verb, ...]:
    """Return the verbs of a document. Raises BadDocument with Twilio's error number."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - from the hub under test, on loopback
    except ElementTree.ParseError as error:
        raise BadDocument(NOT_XML, f"the document is not XML: {error}") from None
    if root.tag != "Response":
        raise BadDocument(NOT_TWIML, f"the root is <{root.tag}>, not <Response>")
    return _verbs(root, allowed)


def _verbs(
    parent: ElementTree.Element, allowed: Sequence[str] | frozenset[str] | set[str]
) -> tuple[Verb, ...]:
    return tuple(_verb(element, allowed) for element in parent)


def _verb(element: ElementTree.Element, allowed: Sequence[str] | frozenset[str] | set[str]) -> Verb:
    name = element.tag
    if name not in allowed:
        raise BadDocument(NOT_TWIML, f"<{name}> is not known or not allowed here")
    unknown = set(element.attrib) - _ATTRIBUTES[name]
    if unknown:
        raise BadDocument(NOT_TWIML, f"<{name}> has no attribute {', '.join(sorted(unknown))}")
    children = _verbs(element, _NESTED.get(name, set()))
    return Verb(name, dict(element.attrib), (element.text or "").strip(), children)
