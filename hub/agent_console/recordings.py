"""Routes of recordings: shown with their waveform, heard, paused, downloaded by who may, held."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row

from hub.accounts.audit import audit, find_last
from hub.accounts.model import actor_of
from hub.contacts.recordings.access import access_recording
from hub.contacts.recordings.model import RecordingState
from hub.contacts.recordings.service import Hold, Peaks, hold, keep_peaks
from hub.desk import recording as desk
from hub.storage import Blobs, Store, Tx
from hub.vendors.sound import make_peaks
from hub.web import Access, Body, FileAnswer, Key, Principal, Role, View, route

from .acts import Acts
from .listening import kept_recording, listen
from .readers import sight_of
from .rows import user_names

_DOWNLOADS = Role.SUPERVISOR
_HOLD = "recording.hold"


class HoldView(View, frozen=True):
    """Who keeps a recording, since when and why: for supervisors."""

    by_name: str
    at: datetime
    reason: str


class RecordingView(View, frozen=True):
    """`peaks`: how loud it is along its length, 0–100, a list for each channel: the customer's
    first where there are two. `delete_after`: when its queue's rule deletes it, if nobody holds it.
    `deleted_by`: the rule: "retention:180", "erased". `download_url`: None for who may not.
    """

    id: str
    kind: str
    state: str
    started_at: datetime
    duration_s: int
    channels: int
    agent_name: str | None
    peaks: list[list[int]]
    transcript: str | None
    note: str
    held: bool
    delete_after: datetime | None
    deleted_at: datetime | None
    deleted_by: str | None
    sound_url: str | None
    download_url: str | None
    may_hold: bool
    hold: HoldView | None = None


class HoldBody(Body, frozen=True):
    """`held`: no rule deletes it. `reason` is kept in the audit log."""

    held: bool
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RecordingRoutes:
    def __init__(self, store: Store, blobs: Blobs, acts: Acts) -> None:
        self._store = store
        self._blobs = blobs
        self._acts = acts

    @route(
        "GET",
        "/api/v1/recordings/{recording_id}",
        access=Access.AGENT,
        summary="Look at a recording: its waveform, its words, how long it is kept",
    )
    async def show(self, principal: Principal, recording_id: Key) -> RecordingView:
        view, blob_id = await self._store.read(_show, (principal, recording_id))
        if blob_id is None:
            return view
        peaks = await make_peaks(self._blobs.path(blob_id))
        await self._store.write(keep_peaks, Peaks(recording_id, peaks))
        return msgspec.structs.replace(view, peaks=peaks)

    @route(
        "GET",
        "/api/v1/recordings/{recording_id}/sound",
        access=Access.AGENT,
        summary="Hear a recording",
    )
    async def sound(self, principal: Principal, recording_id: Key) -> FileAnswer:
        """Who listened and when is audited: one line for each listening, however it is fetched."""
        row = await listen(self._store, principal, recording_id)
        path = self._blobs.path(row.blob_id)
        return FileAnswer(path, row.media_type, _name(row), inline=True, kept=False)

    @route(
        "GET",
        "/api/v1/recordings/{recording_id}/download",
        access=Access.SUPERVISOR,
        summary="Download a recording",
    )
    async def download(self, principal: Principal, recording_id: Key) -> FileAnswer:
        """For supervisors; each is audited."""
        row = await self._store.write(_download, (principal, recording_id))
        path = self._blobs.path(row.blob_id)
        return FileAnswer(path, row.media_type, _name(row), kept=False)

    @route(
        "POST",
        "/api/v1/recordings/{recording_id}/hold",
        access=Access.SUPERVISOR,
        summary="Keep a recording whatever its queue's rule says, or no more",
    )
    async def hold(self, principal: Principal, recording_id: Key, body: HoldBody) -> None:
        await self._store.write(_hold, (principal, recording_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/pause-recording",
        access=Access.AGENT,
        summary="Pause the recording of a call",
    )
    async def pause_recording(self, principal: Principal, contact_id: Key) -> None:
        act = self._acts.simple(desk.pause_recording)
        await self._store.write(act, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/resume-recording",
        access=Access.AGENT,
        summary="Go on with the recording of a call",
    )
    async def resume_recording(self, principal: Principal, contact_id: Key) -> None:
        act = self._acts.simple(desk.resume_recording)
        await self._store.write(act, (principal, contact_id))


def _show(tx: Tx, asked: tuple[Principal, str]) -> tuple[RecordingView, str | None]:
    """Return the recording, and the file whose waveform is still to be made."""
    principal, recording_id = asked
    row = access_recording(tx, sight_of(tx, principal), recording_id)
    kept = row.state == RecordingState.KEPT
    steers = principal.role.at_least(_DOWNLOADS)
    url = f"/api/v1/recordings/{row.id}"
    view = RecordingView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        started_at=row.started_at,
        duration_s=row.duration_s,
        channels=row.channels,
        agent_name=user_names(tx, [row.agent_id]).get(row.agent_id or ""),
        peaks=row.peaks or [],
        transcript=row.transcript,
        note=row.note,
        held=row.held,
        delete_after=row.delete_after if kept and not row.held else None,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
        sound_url=f"{url}/sound" if kept else None,
        download_url=f"{url}/download" if kept and steers else None,
        may_hold=kept and steers,
        hold=_hold_of(tx, row) if row.held and steers else None,
    )
    return view, row.blob_id if kept and row.peaks is None else None


def _hold_of(tx: Tx, row: Row[Any]) -> HoldView | None:
    line = find_last(tx, _HOLD, "recording", row.id)
    if line is None:
        return None
    return HoldView(line.actor_name, line.at, str(line.detail.get("reason", "")))


def _download(tx: Tx, asked: tuple[Principal, str]) -> Row[Any]:
    row = kept_recording(tx, asked)
    about = {"contact": row.contact_id}
    audit(tx, actor_of(asked[0]), "recording.download", "recording", row.id, about)
    return row


def _hold(tx: Tx, asked: tuple[Principal, str, HoldBody]) -> None:
    principal, recording_id, body = asked
    row = kept_recording(tx, (principal, recording_id))
    hold(tx, Hold(row.id, body.held))
    about = {"held": body.held, "reason": body.reason.strip(), "contact": row.contact_id}
    audit(tx, actor_of(principal), _HOLD, "recording", row.id, about)


def _name(row: Row[Any]) -> str:
    return f"{row.kind}-{row.started_at:%Y%m%d-%H%M%S}.wav"
