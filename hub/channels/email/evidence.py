"""Who a mail is from, found out beside the event loop and within a time limit.

A large mail is only looked up in a thread and checked in the process that opens mails: hashing its
body would hold the interpreter for as long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from hub.vendors.mail.authentication import Verdict
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.opener import CHILD_BYTES, MailOpener
from hub.vendors.mail.own_check import Evidence, Lookup, check_sender, gather_records

log = logging.getLogger(__name__)

_Found = Evidence | dict[str, bytes | None]  # or what the child needs to find it

_THREADS = 2
_REST_S = 60.0  # after a time-out: name servers that do not answer delay no further mail


class SenderCheck:
    """Checks senders with `lookup`, each within `limit_s` seconds; what takes longer is
    `temperror`.
    """

    def __init__(self, lookup: Lookup, limit_s: float, opener: MailOpener) -> None:
        self._opener = opener
        self._lookup = lookup
        self._limit_s = limit_s
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail-check")
        self._rests_until = 0.0

    async def check(self, mail: ParsedMail, raw: bytes) -> Evidence:
        """Return what is known of the domain in From. Raises nothing for hostile mail."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return _unknown("name servers did not answer a moment ago")
        domain = mail.sender.domain
        ask: Callable[[bytes, str, Lookup], _Found]
        ask = check_sender if len(raw) < CHILD_BYTES else gather_records
        work: asyncio.Future[_Found] = loop.run_in_executor(
            self._pool, ask, raw, domain, self._lookup
        )
        try:
            async with asyncio.timeout(self._limit_s):
                found = await asyncio.shield(work)
        except TimeoutError:
            log.warning("checking a sender took more than %s s", self._limit_s)
            self._rests_until = loop.time() + _REST_S
            work.add_done_callback(_drop)
            return _unknown(f"not known within {self._limit_s:g} s")
        if isinstance(found, Evidence):
            return found
        return await self._opener.check(raw, domain, found) or _unknown("too heavy to be checked")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def needs_check(mail: ParsedMail, marks: Sequence[str]) -> bool:
    """Evidence is looked up where it decides something: there is a signature to hold, or a mark
    that would join a conversation.
    """
    return bool(marks) or mail.header("dkim-signature") is not None


def _unknown(why: str) -> Evidence:
    return Evidence(Verdict.TEMPERROR, Verdict.TEMPERROR, why)


def _drop(work: asyncio.Future[_Found]) -> None:
    if not work.cancelled() and work.exception() is not None:
        log.warning("a late check of a sender failed: %r", work.exception())
