"""Laws of links with places: the admin says where they lead, whatever customers are called."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st

from hub.contacts.panel.model import NAMES, fill_link, places_in, url_problems

VALUES = st.text(max_size=40) | st.sampled_from(
    [
        "..",
        ".",
        "%2e%2e",
        "@evil.test",
        "//evil.test",
        "\\evil",
        "a/../../b",
        "?x=1#y",
        "javascript:",
    ]
)
USED = ("customer.name", "order.key")  # few, so that values and places meet often
FILLED = st.fixed_dictionaries(dict.fromkeys(USED, VALUES))
PIECES = st.lists(
    st.sampled_from(["a", "/", "/", ".", "?q=", "&r=", "#", "-"])
    | st.sampled_from([f"{{{name}}}" for name in USED]),
    max_size=6,
)


@given(PIECES, FILLED)
def test_no_value_changes_the_host_or_the_way_to_the_page(
    pieces: list[str], values: dict[str, str]
) -> None:
    url = "https://crm.example.com:8443/" + "".join(pieces)
    assert list(url_problems(url)) == []
    filled = fill_link(url, values).url
    assume(filled is not None)
    asked, led = urlsplit(url), urlsplit(str(filled))
    assert (led.scheme, led.netloc) == ("https", "crm.example.com:8443")
    steps = led.path.split("/")
    assert len(steps) == len(asked.path.split("/"))
    for before, after in zip(asked.path.split("/"), steps, strict=True):
        if places_in(before):
            assert unquote(after) not in {".", ".."}
    assert [key for key, _ in parse_qsl(led.query)] == [key for key, _ in parse_qsl(asked.query)]


@given(st.sampled_from(NAMES), VALUES)
def test_a_value_is_read_back_as_it_was(name: str, value: str) -> None:
    filled = fill_link(f"https://crm.example.com/?q={{{name}}}", {name: value})
    if not value.strip():
        assert filled == (None, (name,))
        return
    sound = value.strip().encode(errors="replace").decode()
    assert filled.url is not None
    assert dict(parse_qsl(urlsplit(filled.url).query)) == {"q": sound}


@given(st.text(max_size=60))
def test_any_text_is_judged_and_what_passes_names_one_host(text: str) -> None:
    if not list(url_problems(text)):
        assert urlsplit(text).scheme.lower() in {"http", "https"}
        assert urlsplit(text).hostname
        assert urlsplit(text).username is None
