"""Encoded words (RFC 2047) as programs break them, and raw 8-bit in fields."""

from __future__ import annotations

from base64 import b64encode

from .case import BASE, Ugly, sender, subject

_GBK = "请问退货怎么办理".encode("gb18030")


def _word(data: bytes, charset: str = "utf-8") -> bytes:
    return b"=?" + charset.encode() + b"?B?" + b64encode(data) + b"?="


CASES: tuple[Ugly, ...] = (
    subject(_word("你好".encode()[:4]) + b"\n " + _word("你好".encode()[4:]), "你好"),
    subject(_word(_GBK[:5], "gb2312") + b" " + _word(_GBK[5:], "GB2312"), "请问退货怎么办理"),
    subject(b"=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?=", "你"),
    subject(b"=?utf-8?B?5L2?= =?utf-8?B?g5aW9?=", "你好"),
    subject(b"=?utf-8?B?5L2g5aW9", "你好"),
    subject(b"=?utf-8?B?5L2g5aW9?", "你好"),
    subject(b"=?utf-8?Q?caf=C3=A9", "café"),
    subject(b"=?utf-8?Q?Where is my order?=", "Where is my order"),
    subject(b"=?utf-8?Q?Really??=", "Really?"),
    subject(b"=?utf-8?Q?Why? Because.?=", "Why? Because."),
    subject(b"=?utf-8?B?5L2g 5aW9?=", "你好"),
    subject(b"=?utf-8?B?5L2g5aW9=?=", "你好"),
    subject(b"=?utf-8?B?5L2g!5aW9?=", "你好"),
    subject(b"=? utf-8 ?B? 5L2g5aW9 ?=", "你好"),
    subject(b"Re:=?utf-8?B?5L2g5aW9?=next", "Re:你好next"),
    subject(b"=?utf-8?B?5L2g?==?utf-8?B?5aW9?=", "你好"),
    subject(b"=?utf-8?B?5L2g?= and =?utf-8?B?5aW9?=", "你 and 好"),
    subject(b"=?utf-8*zh-CN?B?5L2g5aW9?=", "你好"),
    subject(b"=??B?5L2g5aW9?=", "你好"),
    subject(b"=?utf8?b?5L2g5aW9?=", "你好"),
    subject(b"=?x-unknown?Q?caf=C3=A9?=", "café"),
    subject(b"=?utf-8?Q?=D6=D0=B9=FA=B5=C4=B6=A9=B5=A5?=", "中国的订单"),
    subject(b"=?gb2312?B?5L2g5aW95oiR55qE?=", "你好我的"),
    subject(b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    subject(b"=?utf-8?Q?a=ZZb?=", "a=ZZb"),
    subject(b"=?utf-8?Q??=", ""),
    subject(_word(_word("你好".encode())), "你好"),
    subject(b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
    subject(_word("日本語の件名".encode("cp932"), "shift_jis"), "日本語の件名"),
    subject(b"=?ks_c_5601-1987?B?" + b64encode("주문 문의".encode("cp949")) + b"?=", "주문 문의"),
    subject(b"=?koi8-r?B?" + b64encode("Заказ".encode("koi8-r")) + b"?=", "Заказ"),
    subject(b"=?windows-1251?Q?=C7=E0=EA=E0=E7?=", "Заказ"),
    subject(_GBK, "请问退货怎么办理"),
    subject("请问退货".encode(), "请问退货"),
    subject("Заказ номер".encode("cp1251"), "Заказ номер"),
    subject("Заказ номер".encode("koi8-r"), "Заказ номер"),
    subject("café crème".encode("cp1252"), "café crème"),
    subject("ご注文について".encode("cp932"), "ご注文について"),
    subject(
        "Zażółć".encode("iso8859-2"),
        "Zażółć",
        b"Content-Type: text/plain; charset=iso-8859-2\n",
    ),
    subject(b"a\n\tfolded\n  subject", "a folded subject"),
    subject(b"two\rlines", "two lines"),
    subject(_word(b"a\r\nBcc: victim@x.example"), "a Bcc: victim@x.example"),
    subject(b"nul\x00 and bell\x07", "nul  and bell"),
    subject(_word("\u202egpj.exe".encode()), "gpj.exe"),
    subject(b"", ""),
    subject(b"=?utf-8?Q?" + b"a" * 5000 + b"?=", "a" * 998),
    subject(b"=?utf-7?Q?+ZeVnLIqe-?=", "日本語"),
    subject("Tr: =?iso-8859-1?Q?R=E9ponse?= à vous".encode(), "Tr: Réponse à vous"),
    sender(b"=?utf-8?B?5p2O5aic?= <lina@qq.example>", "lina@qq.example", "李娜"),
    sender(b'"=?utf-8?B?5p2O5aic?=" <lina@qq.example>', "lina@qq.example", "李娜"),
    sender(b'"=?utf-8?Q?M=C3=BCller=2C_Jan?=" <j@x.example>', "j@x.example", "Müller, Jan"),
    sender("李娜 <lina@qq.example>".encode("gb18030"), "lina@qq.example", "李娜"),
    sender(b"=?utf-8?Q?Jane_=3Cjane=40x.example=3E?=", "jane@x.example", "Jane"),
    sender(b"<=?utf-8?Q?jane=40x.example?=>", "jane@x.example"),
    sender(b"lina@qq.example (=?utf-8?B?5p2O5aic?=)", "lina@qq.example", "李娜"),
    sender(b"=?utf-8?Q?A?= =?utf-8?Q?_B?= <x@y.example>", "x@y.example", "A B"),
    sender(b"=?utf-8?Q?a=22b?= <x@y.example>", "x@y.example", 'a"b'),
    Ugly(
        "a word with an address in it is no address",
        BASE.replace(b"a@b.example", b"=?utf-8?Q?boss=40shop.example?= <x@evil.example>") + b"\nhi",
        {"from": {"address": "x@evil.example", "name": "boss@shop.example"}},
    ),
)
