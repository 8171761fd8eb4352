"""What would be read out of a gateway's mail: for admins who set a gateway up. Nothing is filed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hub.channels.base import Sample
from hub.vendors.mail.model import ParsedMail, Refusal
from hub.vendors.mail.parse import parse_mail

from .pages import PageMaker
from .reading import (
    FaxResult,
    ReceivedFax,
    from_gateway,
    number_in_text,
    read_fax_mail,
    station_number,
)
from .settings import FaxSettings, check_settings

_PATIENCE_S = 5.0
_SHOWN_TEXT = 400


async def try_sample(written: Mapping[str, object], raw: bytes, pages: PageMaker) -> Sample:
    """Return what a fax number with these settings would make of a mail.

    `kind`: received, delivered, failed or retrying, else why it is none: unreadable, not_from_
    gateway, not_a_fax. Raises Invalid for settings that cannot be, and PagesBusy.
    """
    settings = check_settings("settings", written)
    parsed = await asyncio.to_thread(parse_mail, raw)
    if isinstance(parsed, Refusal):
        return Sample("unreadable", {"error": f"{parsed.code}: {parsed.reason}"})
    read = read_fax_mail(parsed, settings)
    if isinstance(read, ReceivedFax):
        return Sample("received", await _received(read, settings, pages))
    if isinstance(read, FaxResult):
        return Sample(_fate(read), _result(read))
    return Sample(_why_not(parsed, settings), {"sender": parsed.sender.email})


async def _received(fax: ReceivedFax, settings: FaxSettings, pages: PageMaker) -> dict[str, str]:
    facts = {
        "gateway": fax.gateway,
        "caller": fax.caller or station_number(fax.station),
        "called": fax.called,
        "station": fax.station,
        "pages": fax.pages,
        "at": None if fax.at is None else fax.at.isoformat(),
        "error": fax.error,
    }
    if fax.document is not None:
        made = await pages.read(fax.document.data, patience_s=_PATIENCE_S)
        facts |= {
            "document": fax.document.name,
            "read_pages": len(made.images) or None,
            "no_preview": made.error,
            "text": made.text[:_SHOWN_TEXT].strip() or None if settings.ocr else None,
            "number_in_text": number_in_text(made.text) if settings.ocr else None,
        }
    return _said(facts)


def _result(result: FaxResult) -> dict[str, str]:
    return _said(
        {
            "gateway": result.gateway,
            "number": result.number,
            "tag": result.tag,
            "pages": result.pages,
            "error": result.reason,
        }
    )


def _fate(result: FaxResult) -> str:
    if result.delivered is None:
        return "retrying"
    return "delivered" if result.delivered else "failed"


def _why_not(mail: ParsedMail, settings: FaxSettings) -> str:
    return "not_a_fax" if from_gateway(mail, settings) else "not_from_gateway"


def _said(facts: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items() if value is not None}
