"""The side panel: which sections in which order, and what an address may be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hub.contacts.panel.model import NAMES, SECTIONS, Link, Panel, fill_link, url_problems


def test_the_usual_panel_shows_every_section() -> None:
    assert Panel().shown == list(SECTIONS)


def test_what_is_put_in_order_comes_first_and_what_is_hidden_is_left_out() -> None:
    panel = Panel(order=("recent", "contact"), hidden=("facts", "contact"))
    assert panel.shown[:2] == ["recent", "numbers"]
    assert set(SECTIONS) - set(panel.shown) == {"facts", "contact"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://crm.example.com/c/{customer.key.shop}?n={customer.phone}#{order.key}", ""),
        ("http://10.0.0.5:8080?q={contact.reference}", ""),
        ("https://[2001:db8::1]/x", ""),
        ("javascript:alert(1)", "begins with https://"),
        ("//crm.example.com/", "begins with https://"),
        ("ftp://crm.example.com/", "begins with https://"),
        ("https://{customer.name}.example.com/", "begins with https://"),
        ("https://crm.example.com{customer.name}", "begins with https://"),
        ("https://crm.example.com:{customer.id}/", "begins with https://"),
        ("https://me@crm.example.com/", "begins with https://"),
        ("https://crm.example.com\\@evil.test/", "no address has"),
        ("https://crm.example.com/a b", "no address has"),
        ("https://crm.example.com/{customer.shoe}", "no placeholder {customer.shoe}"),
        ("https://crm.example.com/{customer.key.}", "no placeholder {customer.key.}"),
        ("https://crm.example.com/{customer.name", "a brace stands alone"),
    ],
)
def test_an_address_is_refused_with_what_is_wrong(url: str, said: str) -> None:
    problems = list(url_problems(url))
    assert problems == [] if not said else [one for one in problems if said in one] != []


def test_values_are_encoded_and_what_is_missing_is_named() -> None:
    url = "https://crm.example.com/c/{customer.name}?n={ customer.phone }"
    filled = fill_link(url, {"customer.name": "张 三/&?", "customer.phone": "+8613800138000"})
    assert filled.url == (
        "https://crm.example.com/c/%E5%BC%A0%20%E4%B8%89%2F%26%3F?n=%2B8613800138000"
    )
    assert fill_link(url, {"customer.name": " "}) == (None, ("customer.name", "customer.phone"))


@pytest.mark.parametrize("name", ["..", ".", " .. "])
def test_a_name_that_is_a_step_up_in_the_path_leads_nowhere(name: str) -> None:
    assert fill_link("https://crm.example.com/c/{customer.name}/x", {"customer.name": name}) == (
        None,
        ("customer.name",),
    )
    assert fill_link("https://crm.example.com/?q={customer.name}", {"customer.name": name}).url


def test_a_link_is_shown_beside_the_contacts_it_is_for() -> None:
    link = Link(key="crm", zh="客户系统", en="CRM", url="https://crm.test/", channels=("email",))
    assert link.is_for("email", "support")
    assert not link.is_for("phone", "support")


WEB = Path(__file__).parents[3] / "hub/agent_console/web/src"


def listed(name: str) -> set[str]:
    """What a constant of the set-up page's panel.ts lists."""
    text = (WEB / "features/setup/domain/panel.ts").read_text("utf-8")
    found = re.search(rf"export const {name} = \[(.*?)\] as const", text, re.DOTALL)
    assert found is not None
    return set(re.findall(r"'([^']+)'", found[1]))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_pages_know_every_section_and_placeholder_and_name_them(language: str) -> None:
    assert (listed("SECTIONS"), listed("PLACES")) == (set(SECTIONS), set(NAMES))
    page = json.loads((WEB / f"i18n/setup/{language}.json").read_text("utf-8"))["setup"]["panel"]
    assert set(page["section"]) == set(page["about"]) == set(SECTIONS)
    desk = json.loads((WEB / f"i18n/links/{language}.json").read_text("utf-8"))["links"]
    assert set(desk["place"]) == {name.replace(".", "_") for name in NAMES}
