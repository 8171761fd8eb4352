"""import∘undo is the identity, whatever the files say and whoever is there already."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import care
from hub.core.bus import Bus
from hub.customers.imports.model import BatchState
from hub.storage import Store
from hub.testing.clock import ManualClock
from hub.testing.databases import SqliteTemplate
from tests.integration.customers.imports.build import bring, everything, take_back

NAMES = ["", "Ann", "Ben", "陈晓梅"]
PHONES = ["", "13800138000", "13900139000", "12", "010-88886666转1"]
MAILS = ["", "a@x.cn", "b@x.cn", "nobody"]
IDS = ["", "C-1", "C-2"]
TIERS = ["", "gold", "platinum"]
FIRMS = ["", "Firm", "蓝天"]
OTHERS = (["", "buyer"], ["", "note"], ["", "fair"])
ROW = st.tuples(
    *(
        st.sampled_from(choices)
        for choices in (
            NAMES,
            PHONES,
            MAILS,
            IDS,
            TIERS,
            FIRMS,
            ["", "buyer"],
            ["", "note"],
            ["", "fair"],
        )
    )
)
FILE = st.lists(ROW, max_size=8)
HEADER = "name,phone,email,id,tier,company,role,note,source\n"


def text(rows: list[tuple[str, ...]]) -> str:
    return HEADER + "".join(",".join(row) + "\n" for row in rows)


async def _there_and_back(url: str, files: list[list[tuple[str, ...]]]) -> None:
    """The first file stays; the others are imported and taken back, the newest first."""
    async with Store(url, Bus(), ManualClock()) as store:
        await bring(store, text(files[0]), source="first", retier=care.retier)
        # Who was completed is looked at again; a tier that counted for a while is history.
        left = {"dirty_customers"}
        before = [await everything(store, left)]
        ids = []
        for number, rows in enumerate(files[1:]):
            report = await bring(store, text(rows), source=f"file {number}", retier=care.retier)
            assert report.rows == (
                report.created + report.updated + report.unchanged + report.refused_count
            )
            ids.append(report.batch_id)
            before.append(await everything(store, left))
        for batch_id in reversed(ids):
            before.pop()
            undone, kept = await take_back(store, batch_id, retier=care.retier)
            assert (undone.state, kept) == (BatchState.UNDONE, [])
            assert await everything(store, left) == before[-1]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(FILE, min_size=2, max_size=3))
def test_imports_taken_back_leave_what_was_before(
    sqlite_template: SqliteTemplate, files: list[list[tuple[str, ...]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_there_and_back(sqlite_template.create(Path(folder)), files))
