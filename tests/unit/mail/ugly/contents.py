"""Transfer encodings, formats inside the text, and parts of other programs."""

from __future__ import annotations

import struct
from base64 import b64encode, encodebytes

from .case import BASE, Ugly, parts, text_mail

_BASE64 = b"Content-Transfer-Encoding: base64\n"
_QUOTED = b"Content-Transfer-Encoding: quoted-printable\n"
_UTF8 = b"Content-Type: text/plain; charset=utf-8\n"
_FLOWED = b"Content-Type: text/plain; charset=utf-8; format=flowed\n"
_HELLO = "你好，世界!"
_ENCODED = b64encode(_HELLO.encode())
_UU = b"begin 644 note.txt\n+:&5L;&\\@=V]R;&0 \n \nend\n"
_CALENDAR = (
    b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Repair\\, second visit\n"
    b"DTSTART;TZID=Asia/Shanghai:20260310T140000\nDTEND;TZID=Asia/Shanghai:20260310T150000\n"
    b"LOCATION:Room 5\nORGANIZER;CN=Li Na:mailto:lina@x.example\n"
    b'ATTENDEE;ROLE=REQ-PARTICIPANT;CN="Tom":mailto:tom@x.\n example\n'
    b"DESCRIPTION:Bring the key\\nThanks\nEND:VEVENT\nEND:VCALENDAR\n"
)


def _tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    out = struct.pack("<IH", 0x223E9F78, 1)
    for level, attribute, value in attributes:
        out += struct.pack("<BII", level, attribute, len(value)) + value
        out += struct.pack("<H", sum(value) & 0xFFFF)
    return out


def _body(number: int, data: bytes) -> tuple[int, int, bytes]:
    """A binary property of the mail: its body as HTML or as compressed RTF."""
    value = struct.pack("<IHHII", 1, 0x102, number, 1, len(data))
    return 1, 0x00069003, value + data + b"\0" * (-len(data) % 4)


def _winmail(data: bytes) -> bytes:
    return (
        b"Content-Type: application/ms-tnef; name=winmail.dat\n"
        + _BASE64
        + b"\n"
        + encodebytes(data)
    )


CASES: tuple[Ugly, ...] = (
    text_mail("base64", _UTF8 + _BASE64, _ENCODED, _HELLO),
    text_mail("base64 without padding", _UTF8 + _BASE64, _ENCODED.rstrip(b"="), _HELLO),
    text_mail(
        "base64 with dirt",
        _UTF8 + _BASE64,
        b"!" + _ENCODED[:5] + b"\x00 -*\n" + _ENCODED[5:],
        _HELLO,
    ),
    text_mail("base64 cut off", _UTF8 + _BASE64, _ENCODED[:9], "你好"),
    text_mail("base64 in two blocks", _UTF8 + _BASE64, b"aGk=\ndGhlcmU=\n", "hithere"),
    text_mail(
        "base64 and a footer", _UTF8 + _BASE64, b"aGk=\n\n-- \nlist footer, not encoded\n", "hi"
    ),
    text_mail(
        "words called base64",
        _UTF8 + _BASE64,
        b"Hello this is plain text.",
        "Hello this is plain text.",
    ),
    text_mail(
        "base64; with a comment",
        _UTF8 + b'Content-Transfer-Encoding: (x) "BASE64";\n',
        _ENCODED,
        _HELLO,
    ),
    text_mail("base64 on one line", _UTF8 + _BASE64, b64encode(b"a" * 50_000), "a" * 50_000),
    text_mail("quoted", _UTF8 + _QUOTED, b"caf=C3=A9=\n au lait", "café au lait"),
    text_mail("quoted in small letters", _UTF8 + _QUOTED, b"caf=c3=a9", "café"),
    text_mail("quoted with a broken escape", _UTF8 + _QUOTED, b"a=ZZ b=4", "a=ZZ b=4"),
    text_mail("quoted ends in =", _UTF8 + _QUOTED, b"the end=", "the end"),
    text_mail("quoted with blanks behind =", _UTF8 + _QUOTED, b"one=  \ntwo", "onetwo"),
    text_mail("quoted with raw bytes", _UTF8 + _QUOTED, "é =C3=A9".encode(), "é é"),
    text_mail(
        "quoted with an address",
        _UTF8 + _QUOTED,
        b"http://x.example/?a=3D1",
        "http://x.example/?a=1",
    ),
    text_mail(
        "unknown encoding", _UTF8 + b"Content-Transfer-Encoding: x-rot13\n", b"hello", "hello"
    ),
    text_mail(
        "encoding called 7-bit", _UTF8 + b"Content-Transfer-Encoding: 7-bit\n", b"hello", "hello"
    ),
    text_mail(
        "8-bit called 7bit", _UTF8 + b"Content-Transfer-Encoding: 7bit\n", _HELLO.encode(), _HELLO
    ),
    text_mail("two encodings", _UTF8 + _BASE64 + _QUOTED, _ENCODED, _HELLO),
    Ugly(
        "uuencode in the text",
        BASE + b"\nsee file\n" + _UU + b"bye",
        {"text": "see file\nbye", "files": ["note.txt"], "sizes": [11]},
    ),
    Ugly(
        "two of them",
        BASE + b"\n" + _UU + b"and\n" + _UU,
        {"text": "and", "files": ["note.txt"] * 2},
    ),
    Ugly(
        "uuencode that never ends",
        BASE + b"\nbegin 644 a.txt\n+:&5L\n",
        {"text": "begin 644 a.txt\n+:&5L", "files": []},
    ),
    Ugly(
        "words that begin so",
        BASE + b"\nbegin 100 times and\nend",
        {"text": "begin 100 times and\nend", "files": []},
    ),
    Ugly(
        "x-uuencode",
        BASE + b"Content-Transfer-Encoding: x-uuencode\n\n" + _UU,
        {"text": "hello world"},
    ),
    Ugly(
        "yEnc is left alone",
        BASE + b"\n=ybegin line=128 size=5 name=a.bin\n\x8f\x8f\n=yend size=5\n",
        {"files": []},
    ),
    text_mail("flowed", _FLOWED, b"one \ntwo \nthree\nfour", "one two three\nfour"),
    text_mail(
        "flowed without the blank",
        _FLOWED.replace(b"flowed", b"flowed; delsp=yes"),
        "你 \n好".encode(),
        "你好",
    ),
    text_mail(
        "flowed and stuffed",
        _FLOWED,
        b" From me\n  indented\n >no quote",
        "From me\n indented\n>no quote",
    ),
    text_mail("flowed before a signature", _FLOWED, b"bye \n-- \nme", "bye \n-- \nme"),
    text_mail("no type", b"", b"hello", "hello"),
    text_mail("type of one word", b"Content-Type: text\n", b"hello", "hello"),
    text_mail(
        "no known type", b"Content-Type: foo/bar/baz; x\nContent-Disposition: inline\n", b"", ""
    ),
    text_mail("HTML in capitals", b"CONTENT-TYPE: TEXT/HTML\n", b"<P>HELLO", "HELLO"),
    text_mail(
        "HTML without tags",
        b"Content-Type: text/html\n",
        b"just &lt;words&gt; &amp; signs",
        "just <words> & signs",
    ),
    text_mail(
        "HTML with code",
        b"Content-Type: text/html\n",
        b"<style>p{}</style><script>x()</script>hi",
        "hi",
    ),
    text_mail("HTML cut off", b"Content-Type: text/html\n", b"<div><p>hello <a href='x", "hello"),
    text_mail(
        "HTML that is only a picture",
        b"Content-Type: text/html\n",
        b"<img src='http://x.example/a.png' alt='Offer'>",
        "[Offer]",
    ),
    text_mail("a table", b"Content-Type: text/html\n", b"<table><tr><td>a<td>b<tr><td>c", "a b\nc"),
    Ugly(
        "an invitation alone",
        BASE + b"Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\n" + _CALENDAR,
        {
            "text": "Repair, second visit\n2026-03-10 14:00 Asia/Shanghai – "
            "2026-03-10 15:00 Asia/Shanghai\nRoom 5\n"
            "Li Na <lina@x.example>, Tom <tom@x.example>\nBring the key\nThanks",
            "types": ["text/calendar"],
        },
    ),
    parts(
        "an invitation beside words",
        b"mixed",
        b"\nPlease come",
        b"Content-Type: text/calendar\n\n" + _CALENDAR,
        text="Please come",
        types=["text/calendar"],
    ),
    Ugly(
        "an invitation with a NUL",
        BASE + b"Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Re\x00pair\nEND:VEVENT\n",
        {"text": "Repair"},
    ),
    Ugly(
        "controls written as entities",
        BASE + b"Content-Type: text/html\n\n<p>a&#1;b&#0;c&#xD800;d&#x1b;e</p>",
        {"text": "ab\ufffdc\ufffdde"},
    ),
    parts(
        "a calendar without events",
        b"mixed",
        b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n",
        text="",
        types=["text/calendar"],
    ),
    parts(
        "signed by S/MIME",
        b"signed",
        b"\nhello",
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\n" + _BASE64 + b"\nMIAG",
        text="hello",
        files=["smime.p7s"],
        protection="smime_signed",
    ),
    Ugly(
        "encrypted by S/MIME",
        BASE
        + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
        + _BASE64
        + b"\nMIAG",
        {"text": "", "files": ["smime.p7m"], "protection": "smime_encrypted"},
    ),
    Ugly(
        "signed inside S/MIME",
        BASE
        + b"Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
        + _BASE64
        + b"\nMIAG",
        {"protection": "smime_signed"},
    ),
    parts(
        "signed by PGP",
        b"signed",
        b"\nhello",
        b"Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP",
        text="hello",
        protection="pgp_signed",
    ),
    parts(
        "encrypted by PGP",
        b"encrypted",
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1",
        b"Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN",
        text="",
        protection="pgp_encrypted",
    ),
    Ugly(
        "PGP in the text",
        BASE + b"\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n",
        {"protection": "pgp_encrypted"},
    ),
    Ugly(
        "signed PGP in the text",
        BASE + b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n",
        {"protection": "pgp_signed"},
    ),
    parts(
        "winmail.dat",
        b"mixed",
        b"\nhi",
        _winmail(
            _tnef(
                (2, 0x00069002, b"\0" * 14), (2, 0x00018010, b"a.txt\0"), (2, 0x0006800F, b"data")
            )
        ),
        text="hi",
        files=["a.txt"],
    ),
    parts(
        "winmail.dat with its body as RTF",
        b"mixed",
        _winmail(_tnef(_body(0x1009, b"\x18\0\0\0\x0c\0\0\0MELA\0\0\0\0{\\rtf1 hello}"))),
        text="hello",
        files=[],
    ),
    parts(
        "winmail.dat with its body as HTML",
        b"mixed",
        _winmail(_tnef(_body(0x1013, b"<p>hello <b>you</b></p>"))),
        text="hello you",
        html="<p>hello <b>you</b></p>",
        files=[],
    ),
    parts(
        "winmail.dat cut off",
        b"mixed",
        b"\nhi",
        _winmail(_tnef((2, 0x00069002, b"\0" * 14), (2, 0x0006800F, b"data"))[:-3]),
        text="hi",
        files=[],
    ),
    parts(
        "winmail.dat that is none",
        b"mixed",
        b"\nhi",
        _winmail(b"nothing of the kind"),
        text="hi",
        files=["winmail.dat"],
    ),
    parts(
        "a picture called PDF",
        b"mixed",
        b"\nhi",
        b"Content-Type: application/pdf; name=a.pdf\n\n\x89PNG\r\n\x1a\nxx",
        text="hi",
        types=["image/png"],
    ),
    parts(
        "a program called picture",
        b"mixed",
        b"\nhi",
        b"Content-Type: image/png; name=a.png\n\nMZ\x90\x00",
        text="hi",
        types=["application/vnd.microsoft.portable-executable"],
    ),
    parts(
        "HTML called text file",
        b"mixed",
        b"\nhi",
        b"Content-Type: text/plain; name=a.txt\n\n<html><script>",
        text="hi",
        types=["text/html"],
    ),
    parts(
        "inline picture",
        b"related",
        b"Content-Type: text/html\n\n<p>see <img src='cid:p@x'>",
        b"Content-Type: image/png\nContent-ID: <p@x>\n" + _BASE64 + b"\niVBORw0KGgo=",
        text="see",
        content_ids=["p@x"],
    ),
    parts(
        "content id without brackets",
        b"related",
        b"Content-Type: text/html\n\n<img src='cid:p@x'>",
        b"Content-Type: image/png\nContent-ID: p@x \n" + _BASE64 + b"\niVBORw0KGgo=",
        content_ids=["p@x"],
    ),
    parts(
        "two content ids",
        b"related",
        b"\nhi",
        b"Content-Type: image/png\nContent-ID: <p@x>\nContent-ID: <q@x>\n\n\x89PNG\r\n\x1a\n",
        content_ids=["p@x"],
    ),
    parts(
        "an external body",
        b"mixed",
        b"\nhi",
        b"Content-Type: message/external-body; access-type=URL\n\nContent-Type: image/png\n\n",
        text="hi",
    ),
    parts(
        "a partial mail",
        b"mixed",
        b"\nhi",
        b"Content-Type: message/partial; number=1\n\nx",
        text="hi",
    ),
)
