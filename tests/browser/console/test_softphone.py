"""The softphone in a real browser: the provider's own library, its signalling, and sound.

Nothing of the console is told of the test: the browser is told that the provider's names lead to
the simulated gateway. A second page is the provider's end of the sound.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from hub.contacts.outages.service import Outage, note_away, note_back
from hub.routing.reaching import fire_due_lost
from hub.storage import Tx
from hub.testing.twilio_simulator import Phone, Softphones
from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing
from tests.integration.mail.bad_servers import certificate
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .test_calling import CHEN
from .test_looks import faults

KEY = (f"SK{'1' * 32}", "a secret of an API key, long enough")

_OFFER = """async () => {
  const pc = (window.pc = new RTCPeerConnection())
  const ear = new Audio() // what nobody plays has no energy
  pc.addEventListener('track', ({ streams }) => {
    ear.srcObject = streams[0]
    void ear.play()
  })
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  stream.getTracks().forEach((track) => pc.addTrack(track, stream))
  await pc.setLocalDescription(await pc.createOffer())
  await new Promise((resolve) => {
    const look = () => pc.iceGatheringState === 'complete' && resolve()
    pc.addEventListener('icegatheringstatechange', look)
    look()
  })
  return pc.localDescription.sdp
}"""
_ANSWERED = "sdp => window.pc.setRemoteDescription({ type: 'answer', sdp })"
# Whether sound comes from the agent's microphone; the pretended one beeps once a second.
_HEARS = """async (wanted) => {
  const energy = async () => {
    for (const one of (await window.pc.getStats()).values())
      if (one.type === 'inbound-rtp') return one.totalAudioEnergy ?? 0
    return 0
  }
  for (let tries = 0; tries < 15; tries += 1) {
    const before = await energy()
    await new Promise((resolve) => setTimeout(resolve, 1300))
    if ((await energy()) - before > 1e-6 === wanted) return true
  }
  return false
}"""


@dataclass(slots=True)
class PagePeer:
    """The provider's end of the sound, in a page of its own."""

    page: Page

    async def offer(self) -> str:
        return without_keys(str(await self.page.evaluate(_OFFER)))

    async def answered(self, sdp: str) -> None:
        await self.page.evaluate(_ANSWERED, sdp)

    async def close(self) -> None:
        with contextlib.suppress(Error):  # the test may be over
            await self.page.evaluate("() => window.pc.close()")


def without_keys(sdp: str) -> str:
    """Take the keys out of the sound, so that they come over the signalling and can be read."""
    kinds = re.findall(r"a=rtpmap:(\d+) telephone-event", sdp)
    lines = [
        line
        for line in sdp.split("\r\n")
        if not re.match(rf"a=(rtpmap|fmtp|rtcp-fb):({'|'.join(kinds)})\b", line)
    ]
    dropped = "|".join(kinds)
    return "\r\n".join(
        re.sub(rf" ({dropped})\b", "", line) if line.startswith("m=audio") else line
        for line in lines
    )


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, pace=4.0, api_key=KEY) as opened:
        context, _ = certificate(tmp_path, 2, "voice-js.roaming.twilio.com")
        await opened.phones.softphones.open(context)
        yield opened
    assert opened.phones.alerts == []


@pytest.fixture
async def browser(stage: Stage) -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    gateway = f"127.0.0.1:{stage.phones.softphones.port}"
    arguments = [
        *ARGUMENTS,
        f"--host-resolver-rules=MAP *.twilio.com {gateway}",
        "--ignore-certificate-errors",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield opened
        finally:
            await opened.close()


@pytest.fixture
async def peer(stage: Stage, browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{stage.hub.base_url}/healthz")
    stage.phones.softphones.media = lambda: PagePeer(page)
    yield page
    await context.close()


def gateway(stage: Stage) -> Softphones:
    return stage.phones.softphones


async def test_a_call_is_talked_in_the_browser_and_outlives_its_tab(
    stage: Stage, consoles: Consoles, peer: Page
) -> None:
    page = await consoles.enter("Li")
    phone = page.get_by_role("button", name=re.compile("^Softphone"))
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")
    assert (gateway(stage).tokens, gateway(stage).refusals) == (1, [])
    # Another tab of the same person shows the same and rings nothing.
    other = await page.context.new_page()
    await other.goto(f"{stage.hub.base_url}/customers")
    elsewhere = other.get_by_role("button", name=re.compile("^Softphone"))
    await expect(elsewhere).to_have_accessible_name("Softphone: Ready: calls ring here")
    await page.bring_to_front()

    caller = await stage.call(CHEN)
    await page.get_by_role("button", name="Accept", exact=True).click()
    bar = page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("Talking")
    await caller.until("room")
    assert gateway(stage).tokens == 1
    assert await peer.evaluate(_HEARS, True)
    mute = bar.get_by_role("button", name="Mute", exact=True)
    await expect(mute).to_be_enabled()
    await page.keyboard.press("m")
    await expect(bar.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert await peer.evaluate(_HEARS, False)
    await expect(elsewhere).to_have_accessible_name("Softphone: On a call, muted")
    await elsewhere.click()
    await other.get_by_role("button", name="Unmute").click()  # by the tab that does not ring
    await expect(mute).to_be_visible()

    await bar.get_by_role("button", name="Keypad").click()
    await expect(page.get_by_role("group", name="Keypad")).to_be_focused()
    await page.keyboard.type("12#")
    await expect(page.get_by_label("Keys sent")).to_have_text("12#")
    [leg] = gateway(stage).legs()
    assert leg.digits == "12#"
    assert await faults(page) == []
    # The browser's tab dies: the caller waits again, and the other tab takes over.
    await page.close()
    await caller.until("queue")
    await expect(elsewhere).to_have_accessible_name("Softphone: Ready: calls ring here")
    assert gateway(stage).tokens == 2
    assert gateway(stage).legs() == []


async def test_a_line_that_was_cut_comes_back_and_a_click_dials_by_it(
    stage: Stage, consoles: Consoles, peer: Page
) -> None:
    stage.phones.set_phone(CHEN, Phone(after_s=1))
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    phone = page.get_by_role("button", name=re.compile("^软电话"))
    await expect(phone).to_have_accessible_name("软电话：就绪：来电在此响铃")
    # A line that fails comes back by itself.
    await gateway(stage).cut()
    await expect(phone).to_have_accessible_name("软电话：未连接到电话服务商")
    await expect(phone).to_have_accessible_name("软电话：就绪：来电在此响铃")

    await page.get_by_role("button", name="外呼").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("号码", exact=True).fill(CHEN)
    await page.keyboard.press("Enter")
    bar = page.get_by_role("region", name="通话", exact=True)
    await expect(bar).to_contain_text("通话中")
    customer = await stage.phones.agent_leg(CHEN)
    await customer.until("room")
    assert await peer.evaluate(_HEARS, True)
    await bar.get_by_role("button", name="挂断").click()
    await customer.until("ended")
    await expect(phone).to_have_accessible_name("软电话：就绪：来电在此响铃")


async def test_a_browser_that_dies_while_it_rings_leaves_the_caller_to_the_next_agent(
    stage: Stage, consoles: Consoles, peer: Page
) -> None:
    page = await consoles.enter("Li")
    phone = page.get_by_role("button", name=re.compile("^Softphone"))
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.get_by_role("switch", name="Answer what I accept").click()
    await page.goto(f"{stage.hub.base_url}/desk")
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")

    caller = await stage.call(CHEN)
    await page.get_by_role("button", name="Accept", exact=True).click()
    await expect(page.get_by_role("button", name="Answer", exact=True)).to_be_visible()
    assert caller.where == "queue"
    await page.close()
    second = await consoles.enter("Wu")
    phone = second.get_by_role("button", name=re.compile("^Softphone"))
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")
    await second.get_by_role("button", name="Accept", exact=True).click()
    await caller.until("room")
    await expect(second.get_by_role("region", name="Call", exact=True)).to_contain_text("Talking")
    assert await peer.evaluate(_HEARS, True)
    assert len(gateway(stage).legs()) == 1
    assert [row.state for row in await stage.contacts()] == ["active"]


# No microphone is plugged in, until the page is told otherwise.
_NO_MICROPHONE = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getUserMedia = (asked) =>
  window.pluggedIn ? real(asked) : Promise.reject(new DOMException('', 'NotFoundError'))
"""
_PLUG_IN = """() => {
  window.pluggedIn = true
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
}"""


def after_a_while(tx: Tx, _: None) -> None:
    """Half a minute passes for softphones that are off."""
    fire_due_lost(tx, tx.now + timedelta(seconds=30), 10)


async def test_without_a_softphone_no_call_is_offered_and_all_are_told(
    stage: Stage, consoles: Consoles, peer: Page, tmp_path: Path
) -> None:
    page = await consoles.enter("Li")
    phone = page.get_by_role("button", name=re.compile("^Softphone"))
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")
    await page.add_init_script(_NO_MICROPHONE)
    async with page.expect_response(re.compile("softphone/line")):
        await page.reload()
    await expect(phone).to_have_accessible_name("Softphone: No microphone")
    bar = page.get_by_text("No calls are offered to you since")
    await expect(bar).to_have_count(0)
    await stage.hub.store.write(after_a_while, None)
    await expect(bar).to_be_visible()
    await expect(page.get_by_text("Plug one in", exact=False)).to_be_visible()
    assert await faults(page) == []

    boss = await consoles.enter("Boss", role="supervisor", ready=False)
    await expect(boss.get_by_text("No calls: softphone off")).to_be_visible()
    assert await faults(boss) == []
    caller = await stage.call(CHEN)
    await page.screenshot(path=tmp_path / "unreached.png")
    await expect(page.locator("[data-offer]")).to_have_count(0)
    # Once there is one, the call that waited comes.
    await page.evaluate(_PLUG_IN)
    await expect(phone).to_have_accessible_name("Softphone: Ready: calls ring here")
    await expect(bar).to_have_count(0)
    await page.get_by_role("button", name="Accept", exact=True).click()
    await caller.until("room")


async def test_an_outage_of_the_provider_stands_on_top_of_every_console_until_it_is_over(
    stage: Stage, consoles: Consoles, tmp_path: Path
) -> None:
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    bar = page.get_by_text("电话服务商没有响应")
    since = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    await stage.hub.store.write(note_away, Outage("phone", since, "HTTP 503"))
    await expect(bar).to_contain_text("3月10日")  # it began on another day
    assert await faults(page) == []
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.screenshot(path=tmp_path / "outage.png")
    await stage.hub.store.write(note_back, "phone")
    await expect(bar).to_have_count(0)
