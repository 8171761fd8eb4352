"""Who a mail is from, found out beside the event loop and within a time limit.

A large mail is only looked up in a thread and checked in the process that opens mails: hashing its
body would hold the interpreter for as long.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from ipaddress import ip_address

from hub.vendors.mail.authentication import Verdict
from hub.vendors.mail.dns_names import WithinTime
from hub.vendors.mail.model import ParsedMail
from hub.vendors.mail.opener import CHILD_BYTES, MailOpener
from hub.vendors.mail.own_check import (
    Evidence,
    Lookup,
    check_sender,
    gather_records,
    is_aligned,
    is_reserved,
    one_from,
)
from hub.vendors.mail.spf import Names, Spf, check_spf

log = logging.getLogger(__name__)

_Records = dict[str, bytes | None]  # what the child needs to find out the rest
_Found = tuple[Evidence | _Records, Spf | None]

_THREADS = 2
_REST_S = 60.0  # after a time-out: name servers that do not answer delay no further mail


@dataclass(frozen=True, slots=True)
class Path:
    """By which address a mail was handed over, and for which sender of the envelope."""

    peer: str
    mail_from: str

    @property
    def domain(self) -> str:
        return self.mail_from.rpartition("@")[2].lower().rstrip(".")


def path_of(peer: str | None, mail_from: str | None) -> Path | None:
    """Return the way of a mail that came straight from a stranger's server; None: it did not (a
    server in the house, a mailbox), or has no sender.
    """
    if not peer or not mail_from:
        return None
    try:
        return Path(peer, mail_from) if ip_address(peer).is_global else None
    except ValueError:
        return None


class SenderCheck:
    """Checks senders with `lookup` and `names` (None: no SPF), each within `limit_s` seconds; what
    takes longer is `temperror`.
    """

    def __init__(
        self, lookup: Lookup, limit_s: float, opener: MailOpener, names: Names | None = None
    ) -> None:
        self._opener = opener
        self._lookup = lookup
        self._names = names
        self._limit_s = limit_s
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail-check")
        self._rests_until = 0.0

    @property
    def asks_paths(self) -> bool:
        """Whether it decides something by which server a mail came."""
        return self._names is not None

    async def check(self, mail: ParsedMail, raw: bytes, path: Path | None = None) -> Evidence:
        """Return what is known of the domain in From. Raises nothing for hostile mail."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return _unknown("name servers did not answer a moment ago")
        domain = mail.sender.domain
        work: asyncio.Future[_Found] = loop.run_in_executor(
            self._pool, self._look, raw, domain, path
        )
        try:
            async with asyncio.timeout(self._limit_s):
                found, spf = await asyncio.shield(work)
        except TimeoutError:
            log.warning("checking a sender took more than %s s", self._limit_s)
            self._rests_until = loop.time() + _REST_S
            work.add_done_callback(_drop)
            return _unknown(f"not known within {self._limit_s:g} s")
        if not isinstance(found, Evidence):
            known = await self._opener.check(raw, domain, found)
            found = known or _unknown("too heavy to be checked")
        if path is None or spf is None:
            return found
        return with_spf(found, spf, path.domain, aligned=is_aligned(path.domain, domain))

    def _look(self, raw: bytes, domain: str, path: Path | None) -> _Found:
        """In a thread. A server that the sender's own domain names proves it; no body is hashed."""
        spf = None
        if path is not None and self._names is not None and not is_reserved(path.domain):
            spf = check_spf(path.peer, path.mail_from, WithinTime(self._names, self._limit_s))
            if spf is Spf.PASS and is_aligned(path.domain, domain) and one_from(raw):
                return Evidence(
                    Verdict.PASS, Verdict.NONE, f"sent by a server of {path.domain}"
                ), spf
        ask: Callable[[bytes, str, Lookup], Evidence | _Records]
        ask = check_sender if len(raw) < CHILD_BYTES else gather_records
        return ask(raw, domain, self._lookup), spf

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def needs_check(mail: ParsedMail, marks: Sequence[str]) -> bool:
    """Evidence is looked up where it decides something: there is a signature to hold, or a mark
    that would join a conversation.
    """
    return bool(marks) or mail.header("dkim-signature") is not None


def with_spf(found: Evidence, spf: Spf, domain: str, *, aligned: bool) -> Evidence:
    """Return the evidence with what SPF told. It proves, or is silent: a forwarded mail fails it,
    too. What cannot be known now speaks against nobody, where knowing it could have proved them:
    of another domain than the one in From (not `aligned`) it could not.
    """
    if found.dmarc is Verdict.PASS:
        return found
    dmarc = found.dmarc
    if aligned and spf is Spf.TEMPERROR and dmarc is Verdict.FAIL:
        dmarc = Verdict.TEMPERROR
    return replace(found, dmarc=dmarc, why=f"{found.why}; SPF {spf} of {domain}")


def _unknown(why: str) -> Evidence:
    return Evidence(Verdict.TEMPERROR, Verdict.TEMPERROR, why)


def _drop(work: asyncio.Future[_Found]) -> None:
    if not work.cancelled() and work.exception() is not None:
        log.warning("a late check of a sender failed: %r", work.exception())
