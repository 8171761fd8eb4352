"""Fax gateways as data: how to know their mails, and where in them the facts are.

A new gateway is a new entry here and a sample mail in tests/fixtures/fax. The HylaFAX forms are
those of its own templates (faxrcvd-success.txt, notify-done.txt, notify-failed.txt of 6.0.7); those
of exchanges and machines are after what their makers have published; the services' from experience,
not checked against captured mails yet. Patterns are searched in
"Subject: …", a line end, and the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from .hylafax_words import (
    CALLER,
    COMMUNICATION,
    DESTINATION,
    PAGES,
    RECEIVED,
    RECEIVED_AT,
    SENDER,
    STATUS,
    YOUR_JOB,
    subjects,
)

NUMBER = r"(?P<value>\+?[\d(][\d\s().-]{3,24}\d)"
_MOMENT_IN_NAME = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"
_COUNT = r"(?<!\d)(?P<value>\d{1,4})"  # before what it counts: bounded, or a row of digits is slow


@dataclass(frozen=True, slots=True)
class Patterns:
    """Where one fact may stand; the first pattern with a `value` that fits wins."""

    caller: tuple[re.Pattern[str], ...] = ()
    called: tuple[re.Pattern[str], ...] = ()
    station: tuple[re.Pattern[str], ...] = ()  # TSI or CSI: what the other machine calls itself
    pages: tuple[re.Pattern[str], ...] = ()
    at: tuple[re.Pattern[str], ...] = ()
    error: tuple[re.Pattern[str], ...] = ()

    def before(self, other: Patterns) -> Patterns:
        """Return these patterns, and those of `other` where none of these fits."""
        return Patterns(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """One gateway. `knows` decides whether a mail is its: sender, subject or text. `means`: what a
    bare number says that it gives as the reason, as far as that is published.
    """

    key: str
    knows: tuple[re.Pattern[str], ...]  # searched in "From: <address>", "Subject: …", text
    received: tuple[re.Pattern[str], ...]  # searched in the subject: a fax came in
    sent: tuple[re.Pattern[str], ...]  # searched in the subject, and with the text: ours went out
    failed: tuple[re.Pattern[str], ...]  # likewise: ours did not
    retrying: tuple[re.Pattern[str], ...]  # searched in the subject: ours will be tried again
    facts: Patterns  # of a fax that came in
    results: Patterns  # of a result mail: `called` is whom we faxed
    means: Mapping[str, str] = field(default_factory=dict)


def _p(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.I | re.M) for pattern in patterns)


HYLAFAX = Profile(
    key="hylafax",
    knows=_p(
        r"^From:.*\bHylaFAX\b",
        rf"^\s*{COMMUNICATION}:\s+c?\d{{6,}}",
        r"^X-Mailer:.*HylaFAX",
        # its sender is "FaxMaster" without a domain until a mail server adds one
        r"^Subject: facsimile job [^\n]{1,300} (?:completed|failed|requeued)$",
        *(
            f"^Subject: {subject.pattern.removeprefix('^')}"
            for kind in ("done", "failed", "requeued")
            for subject in subjects(kind)
        ),
    ),
    received=(*_p(r"^(?:fax|facsimile) received from\b"), RECEIVED),
    sent=(*_p(r"^facsimile job .+ completed$"), *subjects("done")),
    failed=(
        *_p(r"^facsimile job .+ (?:failed|removed from queue|blocked)$"),
        *subjects("failed"),
    ),
    retrying=(*_p(r"^facsimile job .+ requeued$"), *subjects("requeued")),
    facts=Patterns(
        caller=_p(rf"^\s*{CALLER}:[ \t]*{NUMBER}"),
        called=_p(rf"^\s*CallID3:[ \t]*{NUMBER}"),
        station=_p(rf"^\s*{SENDER}:[ \t]*(?P<value>\S[^\n]*)"),
        pages=_p(rf"^\s*{PAGES}:[ \t]*(?P<value>\d+)"),
        at=_p(rf"^\s*{RECEIVED_AT}:[ \t]*(?P<value>\d{{4}}[:-]\d\d[:-]\d\d \d\d:\d\d:\d\d)"),
        error=_p(r"Errors were received:\s*(?P<value>[^\n]+)"),
    ),
    results=Patterns(
        called=_p(rf"^\s*{YOUR_JOB} {NUMBER}", rf"^\s*{DESTINATION}:[ \t]*{NUMBER}"),
        pages=_p(rf"^\s*{PAGES}:[ \t]*(?P<value>\d+)"),
        error=_p(
            r"(?:failed|rejected|not sent) because:\s*\n+\s*(?P<value>\S[^\n]*)",
            rf"^\s*{YOUR_JOB} [^\n]{{1,200}}:\s*\n+\s*(?P<value>\S[^\n]*)",
            rf"^\s*{STATUS}:[ \t]*(?P<value>\S[^\n]*)",
            r"(?P<value>could not be completed before the appointed\s+deadline)",
            r"(?P<value>was deleted from the queue)",
        ),
    ),
)

EFAX = Profile(
    key="efax",
    knows=_p(r"^From:.*@(?:[\w-]+\.)*efax(?:send)?\.com", r"^From:.*@(?:[\w-]+\.)*j2\.com"),
    received=_p(r"^(?:eFax|fax) message from\b", r"^eFax from\b"),
    sent=_p(r"^Successful transmission to\b", r"^Your fax to .+ (?:was successful|has been sent)"),
    failed=_p(r"^(?:Failed|Unsuccessful) transmission to\b", r"^Transmission to .+ failed"),
    retrying=_p(r"^Delayed transmission to\b"),
    facts=Patterns(
        caller=_p(rf"Caller[- ]ID:\s*{NUMBER}", rf"message from \"?{NUMBER}"),
        station=_p(r"message from \"(?P<value>[^\"\n]{0,80}[^\d\s\"()+.-][^\"\n]{0,80})\""),
        pages=_p(rf"-\s*{_COUNT}\s*page", rf"{_COUNT}\s*page\(?s?\)?"),
        at=_p(r"(?:received|on)[: ]+(?P<value>\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)"),
    ),
    results=Patterns(
        called=_p(rf"transmission to {NUMBER}", rf"fax to {NUMBER}"),
        pages=_p(r"Pages(?: sent)?:\s*(?P<value>\d+)", rf"{_COUNT}\s*page\(?s?\)?"),
        error=_p(r"(?:Reason|Error|Status):[ \t]*(?P<value>\S[^\n]*)"),
    ),
)

METROFAX = Profile(
    key="metrofax",
    knows=_p(r"^From:.*@(?:[\w-]+\.)*metrofax\.com"),
    received=_p(r"^MetroFax message from\b", r"^New fax from\b"),
    sent=EFAX.sent,
    failed=EFAX.failed,
    retrying=EFAX.retrying,
    facts=EFAX.facts,
    results=EFAX.results,
)

RINGCENTRAL = Profile(
    key="ringcentral",
    knows=_p(r"^From:.*@(?:[\w-]+\.)*ringcentral\.(?:com|co\.uk|eu)"),
    received=_p(r"^New Fax Message from\b", r"^Fax Message from\b"),
    sent=_p(r"^Fax Message Transmission Result to .+ - (?:Sent|Success)"),
    failed=_p(r"^Fax Message Transmission Result to .+ - (?!Sent|Success)"),
    retrying=(),
    facts=Patterns(
        caller=_p(rf"^From:[ \t]*{NUMBER}", rf"Fax Message from {NUMBER}"),
        called=_p(rf"^To:[ \t]*{NUMBER}"),
        pages=_p(r"^Pages:[ \t]*(?P<value>\d+)"),
    ),
    results=Patterns(
        called=_p(rf"Result to {NUMBER}", rf"^To:[ \t]*{NUMBER}"),
        pages=_p(r"^Pages(?: sent)?:[ \t]*(?P<value>\d+)", rf"{_COUNT}\s*page"),
        error=_p(r"^(?:Result|Error|Reason):[ \t]*(?P<value>\S[^\n]*)", r" - (?P<value>[^\n-]+)$"),
    ),
)

# For PBX scripts (FreePBX, FusionPBX, 3CX), multi-function devices and services without a profile.
GENERIC = Profile(
    key="generic",
    knows=(),
    received=_p(
        r"\bfax\b.*\b(?:received|message|from)\b",
        r"\b(?:new|incoming|inbound) fax\b",
        r"(?:收到|新|来自).{0,30}(?:传真|傳真)",
        r"(?:传真|傳真).{0,10}(?:来自|收到|自)",
    ),
    sent=_p(
        r"\bfax\b.*\b(?:delivered|sent successfully|succeeded|successful|completed)\b",
        r"\b(?:successful|completed)\b.*\bfax\b",
        r"(?:传真|傳真).{0,40}(?:发送成功|已送达|成功)",
    ),
    failed=_p(
        r"\bfax\b.*\b(?:failed|failure|undeliver\w+|not (?:sent|delivered)|error)\b",
        r"\b(?:failed|unsuccessful)\b.*\bfax\b",
        r"(?:传真|傳真).{0,40}(?:发送失败|失败|未送达)",
    ),
    retrying=_p(r"\bfax\b.*\b(?:delayed|requeued|retry\w*)\b", r"(?:传真|傳真).{0,40}重试"),
    facts=Patterns(
        caller=_p(
            rf"(?:caller[- ]?id(?: number)?|callid1?|from(?: number)?|ani|sender)"
            rf"\s*[:：=]\s*(?:\"[^\"\n]{{0,80}}\"\s*)?\"?<?{NUMBER}",
            rf"(?:来电号码|主叫(?:号码)?|发送(?:方|号码)|发件(?:方|号码)|对方号码|来自)"
            rf"\s*[:：]?\s*{NUMBER}",
            rf"\bfrom\s+\"?<?{NUMBER}",
        ),
        called=_p(
            rf"(?:called(?: number)?|to(?: number)?|did|destination)\s*[:：=]"
            rf"\s*\"?<?{NUMBER}",
            rf"(?:被叫(?:号码)?|接收(?:方|号码)|收件号码)\s*[:：]?\s*{NUMBER}",
        ),
        station=_p(
            r"(?:remote ?station(?: ?id)?|tsi|csid|station id)\s*[:：=]\s*(?P<value>\S[^\n]*)",
            r"(?:对方标识|发送方标识)\s*[:：]\s*(?P<value>\S[^\n]*)",
        ),
        pages=_p(
            r"(?:number of )?pages?(?: received| transferred)?\s*[:：=]\s*(?P<value>\d+)",
            rf"{_COUNT}\s*-?\s*pages?\b",
            r"(?:页数|頁數|共)\s*[:：]?\s*(?P<value>\d+)\s*[页頁]?",
            rf"{_COUNT}\s*[页頁]",
        ),
        at=_p(
            r"(?:received|date|time|at|时间|日期)\s*[:：=]?"
            r"\s*(?P<value>\d{4}[-/:]\d\d[-/:]\d\d[ T]\d\d:\d\d(?::\d\d)?)"
        ),
        error=_p(r"(?:error|result|错误)\s*[:：=]\s*(?P<value>(?!ok|success|none)\S[^\n]*)"),
    ),
    results=Patterns(
        called=_p(
            rf"(?:to(?: number)?|destination|recipient|called|fax number)\s*[:：=]"
            rf"\s*\"?<?{NUMBER}",
            rf"(?:接收(?:方|号码)|收件号码|被叫(?:号码)?|发往|至)\s*[:：]?\s*{NUMBER}",
            rf"\bto\s+\"?<?{NUMBER}",
        ),
        pages=_p(
            r"pages?(?: sent| delivered| transferred)?\s*[:：=]\s*(?P<value>\d+)",
            rf"{_COUNT}\s*pages?\b",
            r"(?:页数|共)\s*[:：]?\s*(?P<value>\d+)",
            rf"{_COUNT}\s*[页頁]",
        ),
        error=_p(
            r"(?:reason|error|result|status|cause|failure)\s*[:：=]\s*(?P<value>\S[^\n]*)",
            r"(?:原因|结果|状态|错误)\s*[:：]\s*(?P<value>\S[^\n]*)",
        ),
    ),
)

# After what FreePBX's own bin/fax2mail.php writes (github.com/FreePBX/fax), over Asterisk's
# FAXSTATUS, which is SUCCESS or FAILED: the subject of a result does not say which.
FREEPBX = Profile(
    key="freepbx",
    knows=_p(r"^Enclosed, please find a new fax\b", r"^Subject: Outgoing fax results$"),
    received=_p(r"^New fax (?:from:|received$)"),
    sent=_p(r"^Subject: Outgoing fax results\n[\s\S]{0,400}?^Status:[ \t]*(?:SUCCESS|SENT|OK)\b"),
    failed=_p(r"^Subject: Outgoing fax results\n"),
    retrying=(),
    facts=Patterns(
        caller=_p(rf"new fax from:[ \t]*(?:\"[^\"\n]{{0,80}}\"[ \t]*)?<?{NUMBER}"),
        called=_p(rf"^Via:[ \t]*{NUMBER}"),
    ).before(GENERIC.facts),
    results=Patterns(
        called=_p(rf"^Sent to[ \t]*{NUMBER}"),
        error=_p(r"^Status:[ \t]*(?P<value>\S[^\n]*)"),
    ).before(GENERIC.results),
)

# After FusionPBX's own mail templates (app/fax, app/email_templates of github.com/fusionpbx), over
# FreeSWITCH's spandsp. A file is named by its caller and the time; results carry the fax along.
FUSIONPBX = Profile(
    key="fusionpbx",
    knows=_p(
        r"^Subject: FAX (?:Received|empfangen): ",
        r"^Subject: (?:Subject, )?Fax (?:to|an): \S+ (?:SENT|has Failed|was |war |ist )",
    ),
    received=_p(r"^FAX (?:Received|empfangen): "),
    sent=_p(r"^(?:Subject, )?Fax (?:to|an): \S+ SENT$"),
    failed=_p(r"^Fax (?:to|an): \S+ (?:has Failed|was (?:Busy|Invalid)|war |ist )"),
    retrying=(),
    facts=Patterns(
        caller=_p(rf"^Name:[ \t]*(?P<value>\+?\d{{5,20}})-{_MOMENT_IN_NAME}"),
        station=_p(r"^(?:Messages|Nachrichten):.{0,120}\bsender:(?P<value>\S.{0,80}?) pages:"),
        pages=_p(r"^(?:Messages|Nachrichten):.{0,240}\bpages:(?P<value>\d{1,4})\b"),
        at=_p(rf"^Name:[ \t]*\S{{0,24}}-(?P<value>{_MOMENT_IN_NAME})"),
    ),
    results=Patterns(
        called=_p(rf"^Subject: (?:Subject, )?Fax (?:to|an): {NUMBER}"),
        error=_p(
            r"(?P<value>the call was busy[^\n]*|the number entered was not[^\n]*)",
            r"^Subject: Fax (?:to|an): \S+ (?P<value>[^\n]+)",
        ),
    ),
)

# Ricoh and its sister brands forward faxes under "From CSI or RTI (Fax Message No. xxxx)" (field
# service manuals of the MP series, "Internet mail communication").
RICOH = Profile(
    key="ricoh",
    knows=_p(r"^Subject: From .{1,80}\(Fax Message No\. ?\d{1,6}\)"),
    received=_p(r"^From .{1,80}\(Fax Message No\. ?\d{1,6}\)"),
    sent=(),
    failed=_p(r"^Error Message No\. ?\d{1,6} From "),
    retrying=(),
    facts=Patterns(
        caller=_p(rf"^Subject: From \"?{NUMBER}\"? ?\("),
        station=_p(r"^Subject: From \"?(?P<value>[^\"\n]{1,80}?)\"? ?\(Fax Message"),
    ),
    results=GENERIC.results,
)

# What InterFAX publishes is the fields of its confirmations, as XML or comma-separated: status 0 is
# delivered, above it is an error (interfax.net/en/cphelp/confirmation-formats, "Status codes"). Not
# their subjects, nor the mails about faxes that came in: those are read by the general rules.
_INTERFAX_ROW = (
    r'^"?\d{4,15}"?,[^,\n]{0,40},"?(?P<pages>\d{1,4})"?,"?(?P<status>-?\d{1,6})"?,'
    r'[^,\n]{0,100},"?(?P<to>\+?\d{5,20})"?,'
)
_AFTER_SUBJECT = r"^Subject: [\s\S]{0,600}?"


def _interfax_column(name: str) -> str:
    return _INTERFAX_ROW.replace(f"?P<{name}>", "?P<value>")


def _interfax_status(status: str) -> tuple[re.Pattern[str], ...]:
    row = _INTERFAX_ROW.replace(r"?P<status>-?\d{1,6}", f"?P<status>{status}")
    return _p(
        rf"{_AFTER_SUBJECT}<Status>\s{{0,20}}{status}\s{{0,20}}</Status>",
        rf"{_AFTER_SUBJECT}{row}",
    )


# As far as they could be read: help.uplandsoftware.com/interfax, "Fax status codes", and for 263
# Wix's client (github.com/wix-incubator/libfax), which repeats the list of interfax.net.
_INTERFAX_MEANS = {
    "1": "Internal error: disconnected after several minutes without a page",
    "2": "Telephony error",
    "12": "Telephony error",
    "263": "Busy",
    "205000": "Out of credit for more than 24 hours",
}

INTERFAX = Profile(
    key="interfax",
    knows=_p(
        r"^From:.*@(?:[\w-]+\.)*interfax\.net>",
        r"<TransactionID>\s{0,20}\d{1,15}\s{0,20}</TransactionID>\s{0,20}<CSID>",
    ),
    received=GENERIC.received,
    sent=_interfax_status("0"),
    failed=_interfax_status(r"[1-9]\d{0,5}"),
    retrying=(),
    facts=GENERIC.facts,
    results=Patterns(
        called=_p(
            rf"<DestinationFax>\s{{0,20}}{NUMBER}\s{{0,20}}</DestinationFax>",
            _interfax_column("to"),
        ),
        pages=_p(
            r"<PagesSent>\s{0,20}(?P<value>\d{1,4})\s{0,20}</PagesSent>", _interfax_column("pages")
        ),
        error=_p(
            r"<Status>\s{0,20}(?P<value>[1-9]\d{0,5})\s{0,20}</Status>", _interfax_column("status")
        ),
    ),
    means=_INTERFAX_MEANS,
)

# Asked in this order; the generic one last, because it knows everything a little.
PROFILES = (HYLAFAX, EFAX, METROFAX, RINGCENTRAL, INTERFAX, FREEPBX, FUSIONPBX, RICOH, GENERIC)
BY_KEY = {profile.key: profile for profile in PROFILES}
