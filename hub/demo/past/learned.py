"""What earlier customers asked in their own words and an article answered; what nobody answers."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.core.ids import new_id
from hub.knowledge.importing import SOURCE
from hub.knowledge.indexing import NewCase, index_cases
from hub.knowledge.model import Audience
from hub.knowledge.searches import Search, log_search
from hub.knowledge.service import ChangeArticle, change_article
from hub.knowledge.suggesting.words import words_of
from hub.knowledge.tables import articles
from hub.storage import Store, Tx

from .scene import Scene

_ASKED: dict[str, tuple[str, ...]] = {
    "leak": (
        "洗衣机下面一滩水",
        "機器底下一直滲水怎麼辦",
        "there is water under my washer",
        "puddle on the floor after every wash",
    ),
    "e4": ("洗碗机报错E4", "屏幕一直闪E4不动了", "dishwasher stopped and shows e4", "E4 again"),
    "invoice": ("公司名写错了票要重新开", "税号填错能改吗", "company name on the bill is wrong"),
    "refund": ("钱什么时候退给我", "退的钱三天了还没到", "where is my money", "still no refund"),
}
_IN_VAIN = (("console", "以旧换新", "zh-CN"), ("help", "trade in my old machine", "en"),
            ("help", "trade in my old machine", "en"), ("help", "烘干机 毛球", "zh"))  # fmt: skip


async def write_learned(store: Store, scene: Scene) -> None:
    """Put the demo's articles on its help pages, with what was asked before."""
    for text in scene.world.articles:
        await store.write(_learn, (text.pair, text.language, text.question))
    await store.write(_search, None)


def _learn(tx: Tx, asked: tuple[str, str, str]) -> None:
    pair, language, question = asked
    article_id = tx.execute(
        select(articles.c.id).where(
            articles.c.question == question, articles.c.language == language
        )
    ).scalar_one()
    change = ChangeArticle(SYSTEM, article_id, reviews=True, audience=Audience.PUBLIC)
    change_article(tx, change)
    chinese = language.startswith("zh")
    cases = []
    for number, text in enumerate(_ASKED.get(pair, ())):
        if text.isascii() is chinese:
            continue
        case_id = new_id()
        cases.append(
            NewCase(
                id=case_id,
                ref_id=case_id,
                article_id=article_id,
                text=text,
                words=tuple(words_of(text)),
                language=language,
                source=SOURCE,
                external_key=f"demo:{pair}:{number}",
                at=tx.now,
            )
        )
    index_cases(tx, cases, fresh=True)


def _search(tx: Tx, _: None) -> None:
    for place, words, language in _IN_VAIN:
        log_search(tx, Search(place, words, language, 0))
