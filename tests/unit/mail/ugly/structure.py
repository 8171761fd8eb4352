"""Parts, boundaries and heads as they should not be."""

from __future__ import annotations

from .case import BASE, Ugly, parts

_MIXED = BASE + b'Content-Type: multipart/mixed; boundary="bb"\n\n'
_TEXT = b"\nhello"
_HTML = b"Content-Type: text/html\n\n<p>hello <b>you</b></p>"
_PDF = b"Content-Type: application/pdf; name=a.pdf\n\n%PDF-1"

CASES: tuple[Ugly, ...] = (
    Ugly("empty", b"", {"refused": "empty"}),
    Ugly("blank", b" \r\n\r\n \r\n", {"refused": "empty"}),
    Ugly("no sender", b"Subject: x\n\nhi", {"refused": "no_sender"}),
    Ugly("no body", b"From: a@b.example\nSubject: x", {"subject": "x", "text": ""}),
    Ugly("only a head and its line", b"From: a@b.example\n\n", {"text": ""}),
    Ugly("lines end in CR", b"From: a@b.example\rSubject: x\r\rhi", {"subject": "x", "text": "hi"}),
    Ugly("lines end in both", b"From: a@b.example\r\nSubject: x\n\r\nhi", {"text": "hi"}),
    Ugly("empty lines first", b"\r\n\r\nFrom: a@b.example\nSubject: x\n\nhi", {"subject": "x"}),
    Ugly("line of an mbox", b"From a@b Tue Mar 10\nFrom: a@b.example\n\nhi", {"text": "hi"}),
    Ugly("escaped line of an mbox", b">From a@b Tue\nFrom: a@b.example\n\nhi", {"text": "hi"}),
    Ugly(
        "a line without colon in the head",
        b"From: a@b.example\ngarbage here\nSubject: x\n\nhi",
        {"subject": "x", "text": "hi"},
    ),
    Ugly(
        "no empty line before the body",
        b"From: a@b.example\nSubject: x\nhello there\n\nbye",
        {"subject": "x", "text": "hello there\n\nbye"},
    ),
    Ugly("blank before the colon", b"From : a@b.example\nSubject : x\n\nhi", {"subject": "x"}),
    Ugly("no blank behind the colon", b"From:a@b.example\nSubject:x\n\nhi", {"subject": "x"}),
    Ugly("continued first line", b" lost\nFrom: a@b.example\n\nhi", {"text": "hi"}),
    Ugly("two subjects", b"From: a@b.example\nSubject: x\nSubject: y\n\nhi", {"subject": "x"}),
    Ugly(
        "two types",
        BASE + b"Content-Type: text/plain\nContent-Type: text/html\n\n<b>hi</b>",
        {"text": "<b>hi</b>"},
    ),
    Ugly(
        "a field of blanks", b"From: a@b.example\nX-A:   \n\t\nSubject: x\n\nhi", {"subject": "x"}
    ),
    Ugly(
        "nul in a field name", b"From: a@b.example\nX\x00Y: z\nSubject: x\n\nhi", {"subject": "x"}
    ),
    Ugly("boundary unquoted", _MIXED.replace(b'"', b"") + b"--bb\n\nhi\n--bb--", {"text": "hi"}),
    Ugly("last boundary is missing", _MIXED + b"--bb\n\nhi\n", {"text": "hi"}),
    Ugly("ends within a delimiter", _MIXED + b"--bb\n\nhi\n--b", {"text": "hi\n--b"}),
    Ugly("delimiter with blanks", _MIXED + b"--bb  \n\nhi\n--bb--\t", {"text": "hi"}),
    Ugly(
        "boundary is not declared",
        BASE + b"Content-Type: multipart/mixed\n\n--zz\nContent-Type: text/plain\n\nhi\n--zz--",
        {"text": "hi"},
    ),
    Ugly(
        "another boundary is declared",
        _MIXED + b"--zz\nContent-Type: text/plain\n\nhi\n--zz\n" + _PDF + b"\n--zz--",
        {"text": "hi", "files": ["a.pdf"]},
    ),
    Ugly("no part at all", _MIXED + b"just words", {"text": "just words"}),
    Ugly("no part and no boundary", BASE + b"Content-Type: multipart/mixed\n\nhi", {"text": "hi"}),
    Ugly("words before and behind", _MIXED + b"pre\n--bb\n\nhi\n--bb--\npost", {"text": "hi"}),
    Ugly(
        "parts behind the end",
        _MIXED + b"--bb\n\nhi\n--bb--\n--bb\n" + _PDF + b"\n--bb--",
        {"text": "hi", "files": ["a.pdf"]},
    ),
    Ugly("a part without a head", _MIXED + b"--bb\nhello you\n--bb--", {"text": "hello you"}),
    Ugly(
        "one boundary begins another",
        _MIXED
        + b"--bb\nContent-Type: multipart/alternative; boundary=bbx\n\n--bbx\n\nhi\n--bbx--\n--bb\n"
        + _PDF
        + b"\n--bb--",
        {"text": "hi", "files": ["a.pdf"]},
    ),
    Ugly(
        "the inner boundary is the outer one",
        _MIXED
        + b'--bb\nContent-Type: multipart/alternative; boundary="bb"\n\n--bb\n\nhi\n--bb--\n--bb\n'
        + _PDF
        + b"\n--bb--",
        {"text": "hi", "files": ["a.pdf"]},
    ),
    Ugly(
        "the inner multipart is not closed",
        _MIXED
        + b"--bb\nContent-Type: multipart/alternative; boundary=in\n\n--in\n\nhi\n--bb\n"
        + _PDF
        + b"\n--bb--",
        {"text": "hi", "files": ["a.pdf"]},
    ),
    Ugly(
        "an odd boundary",
        BASE + b'Content-Type: multipart/mixed; boundary="=_(.*)+?[x]"\n\n--=_(.*)+?[x]\n\nhi\n',
        {"text": "hi"},
    ),
    Ugly(
        "a boundary over lines",
        BASE + b'Content-Type: multipart/mixed;\n\tcharset="utf-8";\n\tboundary="bb"\n\n--bb\n\nhi',
        {"text": "hi"},
    ),
    parts(
        "text and HTML", b"alternative", _TEXT, _HTML, text="hello", html="<p>hello <b>you</b></p>"
    ),
    parts("HTML first", b"alternative", _HTML, _TEXT, text="hello", html="<p>hello <b>you</b></p>"),
    parts("HTML only", b"alternative", _HTML, text="hello you"),
    parts("empty text beside HTML", b"alternative", b"\n \n", _HTML, text="hello you"),
    parts("two texts", b"mixed", _TEXT, _TEXT, text="hello\n\nhello"),
    parts("text and a file", b"mixed", _TEXT, _PDF, text="hello", files=["a.pdf"]),
    parts("a file before the text", b"mixed", _PDF, _TEXT, text="hello", files=["a.pdf"]),
    parts("a file and no text", b"mixed", _PDF, text="", files=["a.pdf"]),
    parts("an empty part", b"mixed", b"", _TEXT, text="hello"),
    parts("a related without type", b"related", _HTML, _PDF, text="hello you", files=["a.pdf"]),
    parts("unknown multipart", b"x-strange", _TEXT, _PDF, text="hello", files=["a.pdf"]),
    parts(
        "a text that is a file",
        b"mixed",
        _TEXT,
        b"Content-Disposition: attachment; filename=log.txt\n\nlines",
        text="hello",
        files=["log.txt"],
    ),
    parts(
        "a mail in the mail",
        b"mixed",
        _TEXT,
        b"Content-Type: message/rfc822\n\nFrom: x@y.example\nSubject: inner\n\nsecret",
        text="hello",
        files=["inner.eml"],
    ),
    parts(
        "a mail in base64",
        b"mixed",
        _TEXT,
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        b"RnJvbTogeEB5LmV4YW1wbGUKU3ViamVjdDogaW5uZXIKCmhp",
        text="hello",
        files=["inner.eml"],
    ),
    parts(
        "a digest",
        b"digest",
        b"\nFrom: x@y.example\nSubject: one\n\nhi",
        b"\nFrom: x@y.example\nSubject: two\n\nhi",
        text="",
        files=["one.eml", "two.eml"],
    ),
    Ugly(
        "a thousand mails deep",
        BASE + b"Content-Type: message/rfc822\n\n" * 1_000 + b"hi",
        {"text": "", "number of files": 1},
    ),
    Ugly(
        "a thousand multiparts deep",
        BASE
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1_000)
        )
        + b"\nhi",
        {"refused": "too_deep"},
    ),
    Ugly("too many parts", _MIXED + b"--bb\n\nx\n" * 2_000, {"refused": "too_many_parts"}),
    Ugly(
        "too many files",
        _MIXED + b"--bb\nContent-Disposition: attachment; filename=a\n\nx\n" * 300,
        {"refused": "too_many_parts"},
    ),
    Ugly(
        "ten thousand fields",
        BASE + b"X-A: b\n" * 10_000 + b"\nhi",
        {"refused": "too_many_headers"},
    ),
    Ugly(
        "a megabyte of field",
        BASE + b"X: " + b"a" * 1_100_000 + b"\n\nhi",
        {"refused": "too_many_headers"},
    ),
    Ugly("a long field", BASE + b"Subject: " + b"a" * 100_000 + b"\n\nhi", {"subject": "a" * 998}),
    Ugly("a field of folds", BASE + b"Subject: a\n" + b" b\n" * 9_000 + b"\nhi", {"text": "hi"}),
    Ugly("too large", BASE + b"\n" + b"x" * (51 << 20), {"refused": "too_large"}),
    Ugly(
        "33 MiB",
        BASE + b"\n" + b"hello you\n" * (33 << 20 >> 3),
        {"from": {"address": "a@b.example", "name": None}},
    ),
)
