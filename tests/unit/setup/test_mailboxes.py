"""What can be a mailbox, which secrets it keeps, and how they are sealed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hub.core.errors import Invalid, Unavailable
from hub.settings import Mail, Mailbox, MailServer
from hub.setup.mailboxes import Connected, Mailboxes, Sealer
from hub.setup.mailboxes.model import (
    Kept,
    MailboxDocument,
    MailSecrets,
    TypedSecrets,
    check_document,
    mailbox_of,
    merge_secrets,
)

IMAP = {"host": "imap.example.org", "user": "li"}
USUAL = {"imap": IMAP, "smtp": {"host": "smtp.example.org"}}
KEPT = MailSecrets(imap_password="geheim")


def document(**changes: object) -> MailboxDocument:
    return msgspec.convert({**USUAL, **changes}, MailboxDocument)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"imap": {**IMAP, "port": 22}}, "imap.port"),
        ({"imap": {**IMAP, "port": 80}}, "imap.port"),
        ({"imap": {**IMAP, "host": "http://x/"}}, "imap.host"),
        ({"imap": {**IMAP, "host": "a b"}}, "imap.host"),
        ({"imap": {**IMAP, "host": "169.254.169.254"}}, "imap.host"),
        ({"imap": {**IMAP, "host": "fe80::1"}}, "imap.host"),
        ({"imap": {**IMAP, "user": "li\r\nA1 DELETE"}}, "imap.user"),
        ({"imap": {**IMAP, "user": ""}}, "imap.user"),
        ({"imap": {}, "smtp": {}}, "imap.host"),
        ({"oauth": {"token_url": "http://x.example/t", "client_id": "x"}}, "oauth.token_url"),
        ({"oauth": {"token_url": "https://x.example:22/t", "client_id": "x"}}, "oauth.token_url"),
        ({"oauth": {"token_url": "https://x.example:99999/", "client_id": "x"}}, "oauth.token_url"),
        ({"oauth": {"token_url": "https://x.example/t"}}, "oauth.client_id"),
        ({"processed_folder": "INBOX"}, "processed_folder"),
        ({"folder": "IN\nBOX"}, "folder"),
    ],
)
def test_what_cannot_be_a_mailbox_is_refused_by_its_place(
    change: dict[str, object], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_document(document(**change))
    assert place in [one.path for one in refused.value.faults]


def test_what_providers_ask_for_is_taken() -> None:
    for port in (0, 25, 143, 465, 587, 993, 1143, 2525):
        check_document(document(imap={**IMAP, "port": port}))
    check_document(document(imap={**IMAP, "host": "10.0.0.7"}))
    url = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
    check_document(document(oauth={"token_url": url, "client_id": "x"}))


@pytest.mark.parametrize(
    "change",
    [
        {"imap": {**IMAP, "host": "imap.evil.example"}},
        {"imap": {**IMAP, "user": "wang"}},
        {"imap": {**IMAP, "port": 1993}},
        {"imap": {**IMAP, "tls": "none"}},
        {"smtp": {"host": "smtp.evil.example"}},
    ],
)
def test_a_kept_password_goes_nowhere_else(change: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        merge_secrets(document(**change), TypedSecrets(), Kept(document(), KEPT))
    assert refused.value.faults[0].path == "imap_password"


def test_a_kept_password_stays_where_it_was_and_a_typed_one_wins() -> None:
    kept = Kept(document(), KEPT)
    assert merge_secrets(document(processed_folder="Done"), TypedSecrets(), kept) == KEPT
    assert merge_secrets(document(smtp={}), TypedSecrets(), kept) == KEPT
    typed = TypedSecrets(imap_password="neu", client_secret="left from another form")
    assert merge_secrets(document(), typed, kept) == MailSecrets(imap_password="neu")
    with pytest.raises(Invalid):
        merge_secrets(document(), TypedSecrets(imap_password=""), kept)


def test_a_token_goes_to_no_other_provider() -> None:
    oauth = {"token_url": "https://login.example/t", "client_id": "hub"}
    kept = Kept(document(oauth=oauth), MailSecrets(refresh_token="granted"))
    assert merge_secrets(document(oauth=oauth), TypedSecrets(), kept).refresh_token == "granted"
    for change in ({"token_url": "https://evil.example/t"}, {"client_id": "other"}):
        with pytest.raises(Invalid):
            merge_secrets(document(oauth={**oauth, **change}), TypedSecrets(), kept)


@pytest.mark.parametrize(
    "change",
    [
        {"imap": {**IMAP, "host": "imap.evil.example"}},
        {"smtp": {"host": "smtp.example.org", "tls": "none"}},
        {"same_sign_in": False, "smtp": {"host": "smtp.example.org", "user": "wang"}},
    ],
)
def test_what_is_had_by_a_kept_token_is_told_to_no_other_server(change: dict[str, object]) -> None:
    oauth = {"token_url": "https://login.example/t", "client_id": "hub"}
    kept = Kept(document(oauth=oauth), MailSecrets(refresh_token="granted"))
    with pytest.raises(Invalid):
        merge_secrets(document(oauth=oauth, **change), TypedSecrets(), kept)
    assert merge_secrets(document(oauth=oauth, smtp={}), TypedSecrets(), kept).refresh_token


def test_sending_takes_the_sign_in_of_fetching_unless_it_has_its_own() -> None:
    same = mailbox_of("mail", document(), KEPT)
    assert (same.smtp.user, same.smtp.password.reveal()) == ("li", "geheim")
    own = document(same_sign_in=False, smtp={"host": "smtp.example.org", "user": "out"})
    box = mailbox_of("mail", own, MailSecrets(imap_password="a", smtp_password="b"))
    assert (box.smtp.user, box.smtp.password.reveal()) == ("out", "b")
    assert "geheim" not in repr((same, KEPT, TypedSecrets(imap_password="geheim")))


def test_what_is_sealed_opens_for_its_owner_with_its_key_only(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "deep" / "key")
    assert sealer.open("AAAA", "mail") is None, "there is no key yet"
    sealed = sealer.seal(b"geheim", "mail")
    assert "geheim" not in sealed
    assert sealer.open(sealed, "other") is None
    assert sealer.open("no base 64!", "mail") is None
    again = Sealer(tmp_path / "deep" / "key")
    assert again.open(sealed, "mail") == b"geheim"
    assert again.seal(b"geheim", "mail") != sealed
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["key"]
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
    assert Sealer(tmp_path / "another").open(sealed, "mail") is None
    (tmp_path / "broken").write_text("short")
    with pytest.raises(Unavailable):
        Sealer(tmp_path / "broken").seal(b"x", "mail")


def test_the_file_wins_over_the_pages() -> None:
    def box(key: str, host: str) -> Mailbox:
        return Mailbox(entry_point=key, smtp=MailServer(host=host))

    mailboxes = Mailboxes(Mail(mailboxes=(box("a", "file"),)))
    connected = [Connected("a", box("a", "page")), Connected("b", box("b", "page"))]
    assert mailboxes.take([*connected, Connected("c", None)])
    assert [(one.entry_point, one.smtp.host) for one in mailboxes.all()] == [
        ("a", "file"),
        ("b", "page"),
    ]
    assert (mailboxes.place("a"), mailboxes.place("b")) == ("mail.mailboxes.0", None)
    assert [mailboxes.is_locked(key) for key in "abc"] == [False, False, True]
    assert not mailboxes.take([*connected, Connected("c", None)])
