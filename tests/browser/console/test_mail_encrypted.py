"""A mail that was handed over encrypted says so where one asks what was decided of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest
from playwright.async_api import expect

from hub import app
from hub.vendors.mail.intake_tls import CertificateFiles, IntakeTls
from tests.integration.mail.bad_servers import certificate
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .test_desk import accept_by_keys


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    certificate(tmp_path, days=90)
    files = CertificateFiles(tmp_path / "public.pem", tmp_path / "private.pem")
    monkeypatch.setattr(app, "listener_tls", lambda _server: IntakeTls(files, required=True))
    async with a_stage(tmp_path) as opened:
        yield opened


async def test_the_version_it_came_by_is_told(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    await aiosmtplib.send(
        b"From: chen@example.test\r\nSubject: Hello\r\n\r\nIt leaks.",
        sender="chen@example.test",
        recipients=["support@example.test"],
        hostname="127.0.0.1",
        port=stage.hub.settings.server.mail_port,
        start_tls=True,
        validate_certs=False,
    )
    await accept_by_keys(page)
    await page.get_by_role("button", name="Why so?").press("Enter")
    await expect(page.get_by_text("handed to the hub by TLSv1.3")).to_be_visible()
