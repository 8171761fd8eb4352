"""What reaches a person needs a permit: no way out may forget to ask."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from hub.contacts.effects import Effect
from hub.contacts.outreach.sending import ToChannel, ToPerson
from tests.architecture.tree import files, read
from tests.integration.campaigns import test_paths as campaign_paths
from tests.integration.outreach import test_chats, test_paths, test_stops, test_surveys, test_talks
from tests.integration.phone_lists import test_paths as list_paths

SENDING = Path("hub/contacts/outreach/sending.py")
OUTREACH = Path("hub/contacts/outreach/model.py")
LONE = Path("hub/contacts/outreach/lone_mail.py")  # whoever calls it is the way out
OUTBOX = Path("hub/storage/outbox.py")

# Every place from which something reaches a person, and the test that walks it.
WAYS_OUT = {
    "hub/desk/outgoing.py encoded": "answer",
    "hub/desk/elsewhere.py send_elsewhere": "answer_elsewhere",
    "hub/desk/after.py ask_survey": "survey",
    "hub/desk/calling.py _dial": "call",
    "hub/desk/guests.py _call_outside": "call_outside",
    "hub/callbacks/attempts.py _order": "call_back",
    "hub/callbacks/calling_first.py _order": "call_back_customer_first",
    "hub/intake/acknowledgement.py _acknowledgement": "acknowledgement",
    "hub/intake/saying_back.py _effect": "stop_is_confirmed",
    "hub/contacts/commitments/telling.py _effect": "commitment",
    "hub/contacts/research/asking.py _effect": "survey_by_mail",
    "hub/campaigns/due.py _effect": "campaign",
    "hub/phone_lists/dialling.py _order": "call_of_a_list",
    "hub/intake/mailing.py mail_effect": "chat_by_mail",
    "hub/intake/codes.py _mail": "code_by_mail",
    "hub/intake/link_mail.py _write": "password_link",
    "hub/setup/template_test.py send_test": "template_by_mail",
}
# Who may take an open contact for a permit: whoever answers it.
ANSWERS = {Path("hub/desk/permits.py"), Path("hub/intake/acknowledgement.py")}


def calls(name: str) -> Iterator[tuple[Path, str]]:
    """Yield each place that calls `name`: its file, and the function around it."""
    for path in files(".py", under="hub"):
        for function in ast.walk(ast.parse(read(path))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and called(node) == name:
                    yield path, function.name


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def test_effects_are_made_in_one_place() -> None:
    assert {path for path, _ in calls("NewEffect")} == {SENDING}


def test_permits_are_made_in_one_place() -> None:
    assert {path for path, _ in calls("Permit")} == {OUTREACH}


def test_the_outbox_is_written_in_one_place() -> None:
    written = [
        path
        for path in files(".py", under="hub")
        if "insert(outbox)" in read(path) or "INSERT INTO outbox" in read(path)
    ]
    assert written == [OUTBOX]


def test_every_effect_reaches_a_person_or_does_not() -> None:
    persons, channels = set(get_args(ToPerson)), set(get_args(ToChannel))
    assert persons | channels == set(get_args(Effect))
    assert not persons & channels


def test_every_way_out_to_a_person_is_walked() -> None:
    ways = {*calls("to_person"), *calls("lone_mail")} - {(LONE, "lone_mail")}
    found = {f"{path} {function}" for path, function in ways}
    assert found == set(WAYS_OUT)
    walks = {
        *dir(test_paths),
        *dir(test_surveys),
        *dir(test_chats),
        *dir(test_stops),
        *dir(test_talks),
        *dir(campaign_paths),
        *dir(list_paths),
    }
    missing = [name for name in WAYS_OUT.values() if f"test_{name}" not in walks]
    assert missing == []


def test_only_answers_take_an_open_contact_for_a_permit() -> None:
    assert {path for path, _ in calls("service_reply")} == ANSWERS
