"""What an article's Markdown names and says, pure: its pictures, and its text without them.

A picture is written `![what it shows](files/ID)`, the ID of a file of the article.
"""

from __future__ import annotations

import re

PICTURE = re.compile(r"!\[([^\]\n]{0,300})\]\((files/[0-9a-f-]{36})(?:\s+\"[^\"\n]{0,300}\")?\)")
FILE = re.compile(r"^files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
_TARGET = re.compile(r"\]\((?:files/[0-9a-f-]{36}|https?://[^\s)]{1,2000})\)")


def pictured(text: str) -> set[str]:
    """Return the ids of the files that a text shows."""
    found = (FILE.match(match[2]) for match in PICTURE.finditer(text))
    return {match[1] for match in found if match is not None}


def readable_words(text: str) -> str:
    """Return a text for search and excerpts: what pictures and links say, not where they are."""
    return _TARGET.sub("]", text)
