"""The words of a fax at the desk: the first page's, the others folded, how far reading is."""

from __future__ import annotations

import shutil

from playwright.async_api import expect
from sqlalchemy import update

from hub.channels.fax.pages import PageMaker
from hub.contacts.tables import interactions
from hub.storage import Tx
from tests.conftest import skip_missing
from tests.scenarios.stage import Stage, settled
from tests.unit.fax.samples import a_mail_with_document

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import faults, wear
from .test_reading import shown

TEXT = "Purchase order 4711" + "\n" * 60 + "Terms of delivery"


async def test_the_words_of_other_pages_are_folded_and_it_is_told_how_far_they_are(
    stage: Stage, consoles: Consoles
) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    page = await consoles.enter("Li")
    made = await PageMaker(ocr=False).compose(["Shop"], TEXT, [], "")
    await stage.fax(a_mail_with_document(made.pdf))

    async def read() -> bool:
        return all("reading" not in row.meta for row in await stage.said())

    await settled(read, 90)
    (entry,) = await stage.said()
    far = {**entry.meta, "reading_on": {"page": 12, "of": 40}}  # as of a fax of more pages
    await stage.hub.store.write(_mark, (entry.id, far))
    await accept_by_keys(page)
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Purchase order 4711")
    await expect(log).to_contain_text("Words read up to page 12 of 40; the others follow…")
    await expect(log).not_to_contain_text("Terms of delivery")
    fold = log.get_by_role("button", name="Words of the other pages")
    await fold.focus()
    await page.keyboard.press("Enter")
    await expect(log).to_contain_text("— 2 —")
    await expect(log).to_contain_text("Terms of delivery")
    assert await faults(page) == []
    await shown(page, "fax-words-en-light")
    await wear(page, "zh-CN", "dark")
    await expect(log).to_contain_text("已识别到第 12 页，共 40 页，其余随后识别…")
    assert await faults(page) == []
    await shown(page, "fax-words-zh-dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(log).to_contain_text("— 2 —")
    await shown(page, "fax-words-zh-dark-narrow")
    await wear(page, "en", "light")
    await shown(page, "fax-words-en-light-narrow")


def _mark(tx: Tx, what: tuple[str, dict[str, object]]) -> None:
    entry_id, meta = what
    tx.execute(update(interactions).where(interactions.c.id == entry_id).values(meta=meta))
