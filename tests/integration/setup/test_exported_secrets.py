"""A set-up file with stand-ins for secrets, and what becomes of it here and elsewhere."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.contacts.tables import entry_points
from hub.jobs.setup import (
    ExportSetup,
    SetupText,
    apply_text,
    export_text,
    read_setup,
)
from hub.setup import BadSetup
from hub.storage import Store, Tx

from .build import edited

SECRETS = ["first-key-of-the-site-with-32-letters", "other-key-of-the-site-with-32-letters"]
TEXT = edited(
    (
        'settings = { mail = "support-mail" }',
        f'settings = {{ mail = "support-mail", identity_keys = ["{SECRETS[0]}", "{SECRETS[1]}"] }}',
    )
)


def kept_keys(tx: Tx, _: None) -> list[str]:
    found = select(entry_points.c.settings).where(entry_points.c.id == "shop-chat")
    keys: list[str] = tx.execute(found).scalar_one()["identity_keys"]
    return keys


async def test_it_names_no_secret_and_the_hub_that_wrote_it_fills_them_in(store: Store) -> None:
    await apply_text(store, SetupText(TEXT))
    open_ = (await export_text(store, ExportSetup())).text
    closed = (await export_text(store, ExportSetup(secrets=False))).text
    assert [secret in open_ for secret in SECRETS] == [True, True]
    assert [secret in closed for secret in SECRETS] == [False, False]
    assert (await apply_text(store, SetupText(closed))).changes.is_empty
    fewer = closed.replace('"hidden:shop-chat/identity_keys/0",', "")
    assert fewer != closed
    await apply_text(store, SetupText(fewer))
    assert await store.read(kept_keys, None) == SECRETS[1:]


async def test_a_hub_without_the_secret_refuses_it_by_its_place_and_the_doctor_does_not_judge(
    store: Store,
) -> None:
    await apply_text(store, SetupText(TEXT))
    closed = (await export_text(store, ExportSetup(secrets=False))).text
    elsewhere = closed.replace("hidden:shop-chat", "hidden:other-chat")
    with pytest.raises(BadSetup) as refused:
        await apply_text(store, SetupText(elsewhere))
    assert "identity_keys.0" in refused.value.message
    assert read_setup(closed).entry_points
    with pytest.raises(BadSetup):  # what else is wrong is found all the same
        read_setup(closed.replace('queue = "sales"', 'queue = "nowhere"'))
