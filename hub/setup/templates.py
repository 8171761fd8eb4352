"""The templates of the set-up: each is one of ours, and can be filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.contacts.templates.filling import is_shown
from hub.contacts.templates.model import PLACE, Template
from hub.contacts.templates.usual import TEMPLATES
from hub.core.errors import Fault
from hub.customers.settings import TemplateWords

from .model import Setup
from .naming import unknown
from .reading import key_path

MAX_LANGUAGES = 20


def template_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the templates, each at its subject or body."""
    points = {point.key for point in setup.entry_points}
    for key, languages in setup.templates.items():
        path = key_path("templates", key)
        name, at, point = key.partition("@")
        template = TEMPLATES.get(name)
        if template is None:
            yield unknown(path, "template", name, TEMPLATES)
            continue
        if at and point not in points:
            yield unknown(path, "entry point", point, points)
            continue
        if len(languages) > MAX_LANGUAGES:
            yield Fault(path, f"has more than {MAX_LANGUAGES} languages")
        for language, words in languages.items():
            yield from words_problems(key_path(path, language), template, words)


def words_problems(path: str, template: Template, words: TemplateWords) -> Iterator[Fault]:
    """Yield what is wrong with the words of a template in one language; `path`: of them."""
    if words.subject:
        here = f"{path}.subject"
        if not template.has_subject:
            yield Fault(here, "this template has no subject")
        elif not words.subject.strip():
            yield Fault(here, "says nothing: leave it out to have the usual one")
        elif not all(map(is_shown, words.subject)):
            yield Fault(here, "a subject is one line without control characters")
        yield from _places(here, template, words.subject)
    if words.body:
        here = f"{path}.body"
        if not template.longest:
            yield Fault(here, "what is said stands there by itself: this template has no text")
            return
        if len(words.body) > template.longest:
            yield Fault(here, f"is longer than {template.longest} characters")
        if not words.body.strip():
            yield Fault(here, "says nothing: leave it out to have the usual text")
        elif not all(is_shown(c) for c in words.body if c not in "\n\t"):
            yield Fault(here, "has characters that cannot be shown: write it anew")
        yield from _places(here, template, words.body)
        said = {found[1] for found in PLACE.finditer(words.body)}
        for name in template.needs:
            if name not in said:
                yield Fault(here, f"needs {{{name}}}: without it the text is of no use")


def _places(path: str, template: Template, text: str) -> Iterator[Fault]:
    known = ", ".join(f"{{{name}}}" for name in template.places) or "none"
    told: set[str] = set()
    for found in PLACE.finditer(text):
        if found[1] not in template.places and found[1] not in told:
            told.add(found[1])
            yield Fault(path, f"there is no placeholder {found[0][:60]}; known: {known}")
    if any(brace in PLACE.sub("", text) for brace in "{}"):
        yield Fault(path, f"a brace stands alone; placeholders are {known}")
