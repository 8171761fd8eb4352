"""The doctor looks at mailboxes that were connected in the pages, too, and changes nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec
import pytest

from hub.accounts.model import SYSTEM
from hub.doctor.mailboxes import check_connected_mail
from hub.settings import Mail, Mailbox, MailServer, Secret, Settings
from hub.setup.mailboxes import Sealer
from hub.setup.mailboxes.model import MailboxDocument, TypedSecrets
from hub.setup.mailboxes.service import ConnectMailbox, MailHouse, connect_mailbox
from hub.storage import Store
from hub.testing.center import open_center


@pytest.fixture
async def connected(store: Store, tmp_path: Path) -> Settings:
    """A mailbox in the pages whose server is not there."""
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port = trial.getsockname()[1]
    url = store.writer.engine.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=str(tmp_path / "data"), database_url=Secret(url))
    house = MailHouse(Sealer(settings.mail_key_path()), frozenset({"email"}), {})
    server = {"host": "127.0.0.1", "port": port, "user": "li@shop.test", "tls": "none"}
    document = msgspec.convert({"imap": server}, MailboxDocument)
    await store.write(lambda tx, _: open_center(tx), None)
    secrets = TypedSecrets(imap_password="geheim")
    await store.write(connect_mailbox, ConnectMailbox("mail", document, secrets, house, SYSTEM))
    return settings


async def test_a_mailbox_of_the_pages_is_looked_at_and_says_what_is_wrong(
    connected: Settings,
) -> None:
    [finding] = [one for one in check_connected_mail(connected) if one.mend]
    assert finding.what.startswith("mail: ")
    assert "geheim" not in repr(finding)


async def test_one_that_hub_toml_sets_is_looked_at_there(connected: Settings) -> None:
    box = Mailbox(entry_point="mail", imap=MailServer(host="mx.test"))
    of_file = msgspec.structs.replace(connected, mail=Mail(mailboxes=(box,)))
    assert list(check_connected_mail(of_file)) == []


async def test_without_its_key_it_says_so(connected: Settings) -> None:
    connected.mail_key_path().unlink()
    [finding] = check_connected_mail(connected)
    assert finding.code == "mail.locked"


def test_without_a_database_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path / "data"))
    assert list(check_connected_mail(settings)) == []
    assert not (tmp_path / "data").exists()
