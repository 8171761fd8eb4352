"""Conferences of the simulated provider: who is in which room, who hears whom, what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from .documents import Verb
from .state import (
    SimCall,
    SimConference,
    SimParticipant,
    Subscription,
    now,
    rfc2822,
)
from .webhooks import Messenger

_EVENT_OF = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-mute": "mute",
    "participant-unmute": "mute",
}
_ENDED = "completed"


class Rooms:
    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self.conferences: dict[str, SimConference] = {}  # by SID, ended ones too
        self.changed = asyncio.Event()  # set and renewed when who hears whom may have changed

    def find_open(self, name: str) -> SimConference | None:
        return next(
            (one for one in self.conferences.values() if one.name == name and one.status != _ENDED),
            None,
        )

    def join(self, call: SimCall, noun: Verb) -> SimParticipant:
        """Seat a call in the room the noun names, made where it does not exist yet."""
        conference = self.find_open(noun.text)
        if conference is None:
            events = frozenset(noun.get("statusCallbackEvent").split())
            conference = SimConference(
                name=noun.text,
                account_sid=call.account_sid,
                subscription=Subscription(
                    noun.get("statusCallback"), noun.get("statusCallbackMethod", "POST"), events
                ),
            )
            self.conferences[conference.sid] = conference
        participant = SimParticipant(
            call=call,
            conference=conference,
            label=noun.get("participantLabel"),
            start_on_enter=noun.flag("startConferenceOnEnter", default=True),
            end_on_exit=noun.flag("endConferenceOnExit", default=False),
            muted=noun.flag("muted", default=False),
        )
        conference.participants.append(participant)
        call.seat = participant
        call.touch()
        self._tell(conference, "participant-join", participant)
        starts = any(one.start_on_enter for one in conference.participants)
        if conference.status == "init" and starts and len(conference.participants) > 1:
            conference.status = "in-progress"
            self._tell(conference, "conference-start")
        return participant

    def leave(self, participant: SimParticipant, reason: str) -> None:
        """Take a party out; who ends the conference on exit sends the others out too."""
        conference = participant.conference
        if participant not in conference.participants:
            return
        self._take_out(participant, reason)
        if participant.end_on_exit:
            for other in list(conference.participants):
                self._take_out(other, "moderator_ended_conference")
            self._end(conference, "participant-with-end-conference-on-exit-left", participant)
        elif not conference.participants:
            self._end(conference, "last-participant-left", participant)

    def end(self, conference: SimConference) -> None:
        """End a conference by the API."""
        for participant in list(conference.participants):
            self._take_out(participant, "conference_ended_via_api")
        if conference.status != _ENDED:
            self._end(conference, "conference-ended-via-api", None)

    def set_hold(self, participant: SimParticipant, *, held: bool) -> None:
        if participant.hold == held:
            return
        participant.hold = held
        event = "participant-hold" if held else "participant-unhold"
        self._tell(participant.conference, event, participant)

    def set_muted(self, participant: SimParticipant, *, muted: bool) -> None:
        if participant.muted != muted:
            participant.muted = muted
            event = "participant-mute" if muted else "participant-unmute"
            self._tell(participant.conference, event, participant)

    def set_coaching(self, participant: SimParticipant, coached: SimCall | None) -> None:
        """Let a party be heard by `coached` alone; None: by everybody again."""
        participant.coaching = coached
        self._turn()

    def speak(self, speaker: SimParticipant, words: str) -> None:
        """Let everybody hear it whom it reaches (`SimParticipant.hears`)."""
        for other in speaker.conference.participants:
            if other.hears(speaker):
                other.call.hear(speaker.label or "other", words, speaker.call.to)

    def _turn(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def _take_out(self, participant: SimParticipant, reason: str) -> None:
        participant.conference.participants.remove(participant)
        participant.call.seat = None
        participant.gone.set()
        participant.call.touch()
        extra = {
            "ReasonParticipantLeft": reason,
            "ParticipantCallStatus": participant.call.status,
        }
        self._tell(participant.conference, "participant-leave", participant, extra)

    def _end(self, conference: SimConference, reason: str, by: SimParticipant | None) -> None:
        conference.status = _ENDED
        conference.ended_because = reason
        conference.ended_by = None if by is None else by.call.sid
        extra = {"ReasonConferenceEnded": reason, "Reason": reason.replace("-", " ")}
        if by is not None:
            extra["CallSidEndingConference"] = by.call.sid
            extra["ParticipantLabelEndingConference"] = by.label
        self._tell(conference, "conference-end", None, extra)

    def _tell(
        self,
        conference: SimConference,
        event: str,
        participant: SimParticipant | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._turn()
        subscription = conference.subscription
        conference.sequence += 1
        if not subscription.url or _EVENT_OF[event] not in subscription.events:
            return
        params = {
            "AccountSid": conference.account_sid,
            "ConferenceSid": conference.sid,
            "FriendlyName": conference.name,
            "SequenceNumber": str(conference.sequence),
            "StatusCallbackEvent": event,
            "Timestamp": rfc2822(now()) or "",
        }
        if participant is not None:
            params |= {
                "CallSid": participant.call.sid,
                "Coaching": str(participant.coaching is not None).lower(),
                "EndConferenceOnExit": str(participant.end_on_exit).lower(),
                "Hold": str(participant.hold).lower(),
                "Muted": str(participant.muted).lower(),
                "ParticipantLabel": participant.label,
                "StartConferenceOnEnter": str(participant.start_on_enter).lower(),
            }
        self._messenger.notify(subscription.url, params | dict(extra or {}), subscription.method)
