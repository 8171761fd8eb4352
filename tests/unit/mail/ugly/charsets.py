"""Texts of the Chinese, Japanese, Korean, Cyrillic and Western worlds, labelled or not."""

from __future__ import annotations

from .case import BASE, Ugly, labelled

ZH = "您好，请问我的订单什么时候发货？谢谢。"
ZH_RARE = "朱镕基、陶喆、㼆"
TW = "您好，請問我的訂單什麼時候出貨？謝謝。"
HK = "佢哋喺邊度？嘅嗰"
JA = "お世話になっております。商品の返品について教えてください。"
JA_NEC = "①注文番号㈱髙島様"
KO = "안녕하세요. 주문한 상품은 언제 도착합니까? 감사합니다."
RU = "Здравствуйте, когда придёт мой заказ номер 4711?"
UK = "Доброго дня, коли прийде моє замовлення?"
DE = "Grüße aus München: das kostet 5 €, schöne Straße."
PL = "Zażółć gęślą jaźń, proszę o zwrot."
CS = "Příliš žluťoučký kůň úpěl ďábelské ódy."
TR = "Şişli'de ağaç ve güneş, teşekkürler."
EL = "Καλημέρα, πότε θα έρθει η παραγγελία;"
HE = "שלום, מתי ההזמנה תגיע?"
AR = "مرحبا، متى يصل طلبي؟"
TH = "สวัสดีครับ สินค้าจะมาถึงเมื่อไร"
VI = "Xin chào, khi nào đơn hàng của tôi đến?"
FR = "Déjà reçu : l’œuvre coûte 12 € — ça va"


def _jis_as_windows(text: str) -> bytes:
    """ISO-2022-JP with the characters of NEC, as Outlook writes it."""
    out = b""
    for character in text:
        first, second = character.encode("cp932")
        first = (first - (0x70 if first < 0xA0 else 0xB0)) * 2
        if second >= 0x9F:
            out += bytes((first, second - 0x7E))
        else:
            out += bytes((first - 1, second - (0x20 if second >= 0x80 else 0x1F)))
    return b"\x1b$B" + out + b"\x1b(B"


CASES: tuple[Ugly, ...] = (
    labelled("gb2312", ZH.encode("gb18030"), ZH),
    labelled("GB2312", ZH_RARE.encode("gb18030"), ZH_RARE),
    labelled("gbk", ZH.encode("gbk"), ZH),
    labelled("x-gbk", ZH.encode("gbk"), ZH),
    labelled("gb18030", (ZH + "𠮷").encode("gb18030"), ZH + "𠮷"),
    labelled("cp936", ZH.encode("gbk"), ZH),
    labelled("hz-gb-2312", ZH.encode("hz"), ZH),
    labelled("", ZH.encode("gb18030"), ZH),
    labelled("us-ascii", ZH.encode("gb18030"), ZH),
    labelled("gb2312", ZH.encode(), ZH),
    labelled("utf-8", ZH.encode("gb18030"), ZH),
    labelled("iso-8859-1", ZH.encode(), ZH),
    labelled("big5", TW.encode("big5"), TW),
    labelled("big5-hkscs", HK.encode("big5hkscs"), HK),
    labelled("x-x-big5", TW.encode("big5"), TW),
    labelled("cp950", TW.encode("cp950"), TW),
    labelled("", TW.encode("big5"), TW),
    labelled("utf-8", TW.encode("big5"), TW),
    labelled("iso-2022-jp", JA.encode("iso2022_jp"), JA),
    labelled("ISO-2022-JP", _jis_as_windows(JA_NEC), JA_NEC),
    labelled("iso-2022-jp", "ｱｲｳ半角".encode("iso2022_jp_ext"), "ｱｲｳ半角"),
    labelled("", JA.encode("iso2022_jp"), JA),
    labelled("us-ascii", JA.encode("iso2022_jp"), JA),
    labelled("utf-8", JA.encode("iso2022_jp"), JA),
    labelled("shift_jis", (JA + JA_NEC).encode("cp932"), JA + JA_NEC),
    labelled("x-sjis", JA.encode("cp932"), JA),
    labelled("", JA.encode("cp932"), JA),
    labelled("euc-jp", JA.encode("euc_jp"), JA),
    labelled("", JA.encode("euc_jp"), JA),
    labelled("euc-kr", (KO + "똠").encode("cp949"), KO + "똠"),
    labelled("ks_c_5601-1987", KO.encode("cp949"), KO),
    labelled("iso-2022-kr", KO.encode("iso2022_kr"), KO),
    labelled("", KO.encode("cp949"), KO),
    labelled("koi8-r", RU.encode("koi8-r"), RU),
    labelled("windows-1251", RU.encode("cp1251"), RU),
    labelled("iso-8859-5", RU.encode("iso8859-5"), RU),
    labelled("cp866", RU.encode("cp866"), RU),
    labelled("koi8-u", UK.encode("koi8-u"), UK),
    labelled("", RU.encode("koi8-r"), RU),
    labelled("", RU.encode("cp1251"), RU),
    labelled("utf-8", RU.encode("cp1251"), RU),
    labelled("iso-8859-1", DE.encode("cp1252"), DE),
    labelled("iso-8859-15", DE.encode("iso8859-15"), DE),
    labelled("windows-1252", FR.encode("cp1252"), FR),
    labelled("utf-8", DE.encode("cp1252"), DE),
    labelled("", DE.encode("cp1252"), DE),
    labelled("iso-8859-1", DE.encode(), DE),
    labelled("us-ascii", FR.encode(), FR),
    labelled("iso-8859-2", PL.encode("iso8859-2"), PL),
    labelled("windows-1250", CS.encode("cp1250"), CS),
    labelled("iso-8859-9", TR.encode("cp1254"), TR),
    labelled("windows-1253", EL.encode("cp1253"), EL),
    labelled("iso-8859-8-i", HE.encode("iso8859-8"), HE),
    labelled("windows-1255", HE.encode("cp1255"), HE),
    labelled("windows-1256", AR.encode("cp1256"), AR),
    labelled("tis-620", TH.encode("tis-620"), TH),
    labelled("windows-1258", "Tôi mua hàng".encode("cp1258"), "Tôi mua hàng"),
    labelled("macintosh", DE.encode("mac-roman"), DE),
    labelled("utf-8", VI.encode(), VI),
    labelled("utf-8", b"\xef\xbb\xbf" + VI.encode(), VI),
    labelled("utf-7", b"Hi Mom +Jjo-!", "Hi Mom ☺!"),
    labelled("unicode-1-1-utf-7", b"+ZeVnLIqe-", "日本語"),
    labelled("utf-16le", ZH.encode("utf-16-le"), ZH),
    labelled("utf-16", ZH.encode("utf-16"), ZH),
    labelled("unknown-8bit", ZH.encode(), ZH),
    labelled("x-unknown", ZH.encode("gb18030"), ZH),
    labelled("utf-8; format=flowed", ZH.encode(), ZH),
    labelled("'utf-8'", ZH.encode(), ZH),
    labelled("_iso-2022-jp$ESC", JA.encode("iso2022_jp"), JA),
    labelled("unicode_escape", b"\\x41\\u4f60", "\\x41\\u4f60"),
    labelled("idna", b"xn--abc", "xn--abc"),
    labelled("utf-8", ZH.encode()[:-1], ZH[:-1] + "\ufffd"),
    labelled("gb2312", ZH.encode("gb18030")[:-1], ZH[:-1] + "\ufffd"),
    labelled("utf-8", b"a\x00b\x07c\x1bd", "abcd"),
    labelled("utf-8", b"lone \xed\xa0\x80 half", "lone  half"),
    Ugly(
        "charset only in the HTML itself",
        BASE
        + b"Content-Type: text/html\n\n<html><head><meta http-equiv='Content-Type' "
        + b"content='text/html; charset=gb2312'></head><body>"
        + ZH.encode("gb18030"),
        {"text": ZH},
    ),
    Ugly(
        "charset of the HTML lies, that of the head is right",
        BASE + b"Content-Type: text/html; charset=utf-8\n\n<meta charset=gb2312><p>" + ZH.encode(),
        {"text": ZH},
    ),
)
