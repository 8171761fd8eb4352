"""Raw bytes → the tree of a mail's parts: header fields and where each body stands. Pure.

Works on offsets into the one bytes object, so that a large mail costs neither copies nor a step for
each of its lines. Reads what RFC 2046 allows and what broken programs make of it: a boundary that
is not declared, not closed, that begins another or stands twice; fields without colon; bodies
without the empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .headers import parse_parameters
from .model import Limits, Refusal, RefusalCode

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
# Names that no sentence begins with: what follows a line without colon is still the head.
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|message-id|in-reply-to|references|reply-to|sender|received"
    rb"|return-path|delivered-to|mime-version|content-[a-z-]+|x-[a-z0-9-]+|list-[a-z-]+"
    rb"|(?:dkim|domainkey)-signature|arc-[a-z-]+|authentication-results|auto-submitted|precedence"
    rb"|importance|priority|user-agent|thread-(?:topic|index)|errors-to|organization)[ \t]*:",
    re.I,
)
_ENVELOPE = re.compile(rb">?From (?![ \t]*:)[^\n]*\n")  # the line before a mail in an mbox
_LOOKS_LIKE_BOUNDARY = re.compile(
    rb"(?m)^--([^\s-](?:[^\r\n]{0,198}[^\s])?)[ \t]*+\r?\nContent-[A-Za-z-]+:", re.I
)
_MAX_HEAD_BYTES = 1_048_576
_MAX_LINES_WITHOUT_COLON = 50
_MAX_SEARCHES = 10  # times the size of the mail: honest mails have four levels at the most


class RefusedError(Exception):
    """Unwinds the reading of a mail; becomes a Refusal in `parse_mail`."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code, reason)


@dataclass(slots=True)
class Part:
    """One part: its fields (names in lower case, values as they stand), and raw[body:end]."""

    raw: bytes
    body: int
    end: int
    fields: list[tuple[str, bytes]]
    media_type: str
    parameters: dict[str, str]
    children: list[Part] = field(default_factory=list)

    def field(self, name: str) -> bytes:
        """Return the first field called `name`, b"" where it is missing."""
        return next((value for key, value in self.fields if key == name), b"")

    def content(self) -> bytes:
        """Return the body as it is transferred."""
        return self.raw[self.body : self.end]

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, in the order of the mail."""
        yield self
        for child in self.children:
            yield from child.walk()


class Structure:
    """Reads the parts of one mail within the limits; collects what was wrong with it."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        # Some old programs end lines by CR alone.
        head = raw[:65_536]
        self.raw = raw.replace(b"\r", b"\n") if b"\n" not in head and b"\r" in head else raw
        self.limits = limits
        self.defects: set[str] = set()
        self.parts = 0
        self.fields = 0  # of all parts
        self.searched = 0  # bytes looked through for boundaries, over all levels

    def read(self) -> Part:
        """Return the root. Raises RefusedError beyond a hard limit."""
        start = 0
        while (envelope := _ENVELOPE.match(self.raw, start)) is not None:
            start = envelope.end()
        while self.raw.startswith((b"\n", b"\r\n"), start):  # lost lines before the head
            start += 1 if self.raw[start] == 0x0A else 2
        return self._part(start, len(self.raw), 0, "text/plain")

    def _part(self, start: int, end: int, depth: int, default: str) -> Part:
        self.parts += 1
        if self.parts > self.limits.parts:
            raise RefusedError(
                RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.parts} parts."
            )
        if depth > self.limits.depth:
            raise RefusedError(RefusalCode.TOO_DEEP, "The parts of the mail are nested too deep.")
        fields, body = self._head(start, end)
        declared = next((value for key, value in fields if key == "content-type"), b"")
        media_type, parameters = parse_parameters(declared[:16_384] or default.encode())
        if "/" not in media_type:
            media_type = "text/plain" if media_type in ("", "text") else f"{media_type}/plain"
        part = Part(self.raw, body, end, fields, media_type, parameters)
        if media_type.startswith("multipart/"):
            self._multipart(part, depth)
        return part

    def _head(self, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
        """Return the fields of the part that begins at `start`, and where its body begins."""
        raw = self.raw
        if raw.startswith((b"\n", b"\r\n"), start) or start >= end:
            return [], min(end, start + (2 if raw.startswith(b"\r\n", start) else 1))
        blank = _BLANK_LINE.search(raw, start, end)
        stop, body = (blank.start() + 1, blank.end()) if blank else (end, end)
        lines = raw[start : min(stop, start + _MAX_HEAD_BYTES)].split(b"\n")
        fields: list[tuple[str, list[bytes]]] = []
        position = start
        for number, line in enumerate(lines):
            match = _FIELD.match(line)
            if number > self.limits.headers * 10:
                raise RefusedError(
                    RefusalCode.TOO_MANY_HEADERS, "The mail has too many header lines."
                )
            if match is not None:
                fields.append((match[1].decode("ascii").lower(), [line[match.end() :]]))
            elif line[:1] in (b" ", b"\t") and fields:
                fields[-1][1].append(line)
            elif line.strip():
                self.defects.add("a line of the head has no colon")
                following = lines[number + 1 : number + 1 + _MAX_LINES_WITHOUT_COLON]
                if not any(_KNOWN.match(one) for one in following):
                    body = position
                    break
            position += len(line) + 1
        else:
            if stop - start > _MAX_HEAD_BYTES:
                raise RefusedError(
                    RefusalCode.TOO_MANY_HEADERS, "The head of the mail is larger than 1 MiB."
                )
        if blank is None and start and not any(name.startswith("content-") for name, _ in fields):
            return [], start  # words right below a delimiter
        self.fields += len(fields)
        if len(fields) > self.limits.headers or self.fields > self.limits.headers * 10:
            raise RefusedError(RefusalCode.TOO_MANY_HEADERS, f"The mail has {self.fields} headers.")
        return [(name, b"\n".join(pieces).strip()) for name, pieces in fields], min(body, end)

    def _multipart(self, part: Part, depth: int) -> None:
        boundary = part.parameters.get("boundary", "").encode("utf-8", "replace")
        marks = self._delimiters(part, boundary) if boundary else []
        if not marks:
            self.defects.add("the boundary between the parts is missing")
            guess = _LOOKS_LIKE_BOUNDARY.search(self.raw, part.body, part.end)
            marks = self._delimiters(part, guess[1]) if guess is not None else []
        if not marks:
            part.media_type = "text/plain"  # what stands there is all that can be read
            return
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        closed = False
        for number, (_, after, closes) in enumerate(marks):
            closed = closed or closes
            stop = marks[number + 1][0] if number + 1 < len(marks) else part.end
            if closes and not _FIELD.match(self.raw, after, stop):
                continue  # words behind the end, for programs that know no parts
            if closes and number + 1 == len(marks):
                continue
            if after < stop:
                part.children.append(self._part(after, stop, depth + 1, default))
        if not closed:
            self.defects.add("the last boundary is missing")

    def _delimiters(self, part: Part, boundary: bytes) -> list[tuple[int, int, bool]]:
        """Return for each delimiter line where the part before ends, where the next begins, and
        whether it closes."""
        self.searched += part.end - part.body
        if self.searched > _MAX_SEARCHES * len(self.raw) + _MAX_HEAD_BYTES:
            raise RefusedError(
                RefusalCode.TOO_DEEP, "The parts of the mail are nested too deep for its size."
            )
        line = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
        marks: list[tuple[int, int, bool]] = []
        position = max(part.body - 1, 0)
        while (match := line.search(self.raw, position, part.end)) is not None:
            if len(marks) > self.limits.parts * 2:
                raise RefusedError(
                    RefusalCode.TOO_MANY_PARTS, f"The mail has more than {self.limits.parts} parts."
                )
            # The line end before a delimiter belongs to it; that behind it may begin the next.
            position = match.end() - (1 if self.raw[match.end() - 1] == 0x0A else 0)
            before = match.start()
            before -= self.raw[before - 1] == 0x0D
            marks.append((max(before, part.body), match.end(), match[1] is not None))
        return marks
