"""A wall that nobody handles shows all of the wallboard, one page after the other."""

from __future__ import annotations

from itertools import pairwise

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live
from .test_looks import faults

# Twenty seconds of the wall are short here; where it stands after each is written down.
TIMES = """
  const every = window.setInterval
  window.tops = []
  window.setInterval = (look, ms, ...more) => ms === 20_000
    ? every(() => (look(), window.tops.push(document.querySelector('main').scrollTop)), 200)
    : every(look, ms, ...more)
"""


async def next_tops(page: Page, count: int) -> list[float]:
    """Return where the wall stood the next times."""
    first = await page.evaluate("window.tops.length")
    await page.wait_for_function(f"() => window.tops.length >= {first + count}")
    return list((await page.evaluate("window.tops"))[first : first + count])


async def test_a_wall_turns_its_pages_until_somebody_handles_it(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.set_viewport_size(
        {"width": 1280, "height": 420}
    )  # its twenty seconds are short here
    await page.add_init_script(TIMES)
    await page.goto(f"{stage.hub.base_url}/wallboard?wall=1")
    await is_live(page)
    turns = page.get_by_role("combobox", name="Turn pages")
    await expect(turns).to_have_value("0")
    assert await faults(page) == []
    await turns.select_option("Turn pages: 20 s")
    await expect(page).to_have_url(f"{stage.hub.base_url}/wallboard?wall=1&turn=20")
    await page.reload()  # a screen that starts anew goes on, and nobody has touched it
    tops = await next_tops(page, 8)
    assert len(set(tops)) > 1
    ups = [after for before, after in pairwise(tops) if after <= before]
    assert set(ups) == {0}  # downwards, and from above again
    await page.keyboard.press("Shift")
    assert len(set(await next_tops(page, 5))) == 1
