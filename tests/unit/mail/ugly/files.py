"""Names of attached files: RFC 2231 broken, RFC 2047 where it must not be, raw bytes."""

from __future__ import annotations

from .case import Ugly, attached

_PDF = b"Content-Type: application/pdf"
_ATTACHED = _PDF + b"\nContent-Disposition: attachment; "

CASES: tuple[Ugly, ...] = (
    attached(_PDF + b'; name="a.pdf"\n', "a.pdf"),
    attached(_ATTACHED + b"filename=a.pdf\n", "a.pdf"),
    attached(_ATTACHED + b"filename=my file.pdf\n", "my file.pdf"),
    attached(_ATTACHED + b'filename="a;b.pdf"\n', "a;b.pdf"),
    attached(_ATTACHED + b'filename="a\\"b.pdf"\n', "ab.pdf"),
    attached(_ATTACHED + b'filename="unclosed.pdf\n', "unclosed.pdf"),
    attached(_ATTACHED + b"filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf\n", "报价.pdf"),
    attached(_ATTACHED + b"filename*=\"utf-8''%E6%8A%A5%E4%BB%B7.pdf\"\n", "报价.pdf"),
    attached(_ATTACHED + b"filename*=utf-8'zh'%E6%8A%A5.pdf\n", "报.pdf"),
    attached(_ATTACHED + b"filename*=gb2312''%B1%A8%BC%DB.pdf\n", "报价.pdf"),
    attached(_ATTACHED + b"filename*=iso-8859-1''%E6%8A%A5%E4%BB%B7.pdf\n", "报价.pdf"),
    attached(_ATTACHED + b"filename*=%E6%8A%A5%E4%BB%B7.pdf\n", "报价.pdf"),
    attached(_ATTACHED + b"filename*0=long; filename*1=name.pdf\n", "longname.pdf"),
    attached(_ATTACHED + b"filename*1=name.pdf; filename*0=long\n", "longname.pdf"),
    attached(
        _ATTACHED + b"filename*1*=%E4%BB%B7.pdf;\n filename*0*=utf-8''%E6%8A%A5\n", "报价.pdf"
    ),
    attached(
        _ATTACHED + b"filename*0*=utf-8''%E6%8A%A5%E4%BB; filename*1*=%B7; filename*2=\".pdf\"\n",
        "报价.pdf",
    ),
    attached(_ATTACHED + b"filename*0*=utf-8''%E6%8A%A5; filename*1=%E4%BB%B7.pdf\n", "报价.pdf"),
    attached(_ATTACHED + b"filename=bad.pdf; filename*=utf-8''good.pdf\n", "good.pdf"),
    attached(_ATTACHED + b'filename="=?utf-8?B?5oql5Lu3LnBkZg==?="\n', "报价.pdf"),
    attached(_ATTACHED + b"filename==?utf-8?B?5oql5Lu3LnBkZg==?=\n", "报价.pdf"),
    attached(_ATTACHED + b'filename="=?utf-8?B?5oql?=\n =?utf-8?B?5Lu3LnBkZg==?="\n', "报价.pdf"),
    attached(_ATTACHED + b'filename="' + "报价.pdf".encode() + b'"\n', "报价.pdf"),
    attached(_ATTACHED + b'filename="' + "报价单.pdf".encode("gb18030") + b'"\n', "报价单.pdf"),
    attached(_ATTACHED + b"filename*0*=utf-8''%E4%BD; filename*7*=%A0.pdf\n", "你.pdf"),
    attached(_ATTACHED + b'filename="../../etc/passwd"\n', "passwd"),
    attached(_ATTACHED + b'filename="C:\\\\docs\\\\a.pdf"\n', "a.pdf"),
    attached(_ATTACHED + b"filename*=utf-8''%E2%80%AEfdp.exe\n", "fdp.exe"),
    attached(_ATTACHED + b'filename=""\n', "attachment-1.bin"),
    attached(_ATTACHED + b'filename="CON.pdf"\n', "_CON.pdf"),
    attached(_ATTACHED + b'filename="' + b"a" * 300 + b'.pdf"\n', "a" * 116 + ".pdf"),
    attached(_PDF + b"\n; name=a.pdf\n", "attachment-1.bin"),
    attached(b"content-type:application/pdf;name=a.pdf\n", "a.pdf"),
    attached(b"CONTENT-TYPE: APPLICATION/PDF; NAME=A.PDF\n", "A.PDF"),
    attached(b"Content-Type: ; name=a.pdf\nContent-Disposition: attachment\n", "a.pdf"),
    attached(b"Content-Type: pdf; name=a.pdf\nContent-Disposition: attachment\n", "a.pdf"),
    attached(
        _PDF + b'; name="first.pdf"\nContent-Type: text/plain; name=second.txt\n', "first.pdf"
    ),
    attached(_ATTACHED + b";;; ; filename=a.pdf;;\n", "a.pdf"),
)
