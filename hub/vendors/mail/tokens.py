"""Signed conversation tokens: in the Message-ID of all we send, and in plus addresses. Pure.

Who answers one of our mails brings the token back in In-Reply-To, References or the recipient, and
so proves to have had the mail (reliability.md §4, mail trust). HMAC-SHA256 cut to 80 bits; the form
is letters and digits in lower case, because some mail systems fold the case of local parts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable

_SIGNATURE_BYTES = 10
_ID_LENGTH = 26  # base32 of 16 bytes
_SIGNATURE_LENGTH = 16  # base32 of 10 bytes
_MESSAGE_ID = re.compile(r"<c([a-z2-7]{26})\.i([a-z2-7]{26})\.([a-z2-7]{16})@[^<>\s@]+>", re.I)
_TAG = re.compile(r"\+(?:[a-z0-9_-]*\.)?c([a-z2-7]{26})([a-z2-7]{16})@", re.I)


class ConversationTokens:
    """Makes and checks tokens with one key of at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("the key of mail tokens needs at least 16 bytes")
        self._key = key

    def __repr__(self) -> str:
        return "ConversationTokens(key set)"

    def message_id(self, conversation_id: str, interaction_id: str, domain: str) -> str:
        """Return the Message-ID of an interaction: the same at every try, so a repeat is seen as
        one."""
        conversation, interaction = _pack(conversation_id), _pack(interaction_id)
        signature = self._sign(f"m:{conversation}:{interaction}")
        return f"<c{conversation}.i{interaction}.{signature}@{domain}>"

    def plus_address(self, address: str, conversation_id: str) -> str:
        """Return `local+c<token>@domain` for an address of ours."""
        local, _, domain = address.rpartition("@")
        conversation = _pack(conversation_id)
        return f"{local}+c{conversation}{self._sign(f'p:{conversation}')}@{domain}"

    def find_in_ids(self, message_ids: Iterable[str]) -> tuple[str, str] | None:
        """Return (conversation id, interaction id) of the first Message-ID that we signed, or
        None."""
        for candidate in message_ids:
            match = _MESSAGE_ID.fullmatch(candidate.strip())
            if match is None:
                continue
            conversation, interaction, signature = (part.lower() for part in match.groups())
            if self._holds(f"m:{conversation}:{interaction}", signature):
                return _unpack(conversation), _unpack(interaction)
        return None

    def find_in_addresses(self, addresses: Iterable[str]) -> str | None:
        """Return the conversation id of the first plus address that we signed, or None."""
        for address in addresses:
            match = _TAG.search(address)
            if match is None:
                continue
            conversation, signature = match.group(1).lower(), match.group(2).lower()
            if self._holds(f"p:{conversation}", signature):
                return _unpack(conversation)
        return None

    def _sign(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode(), hashlib.sha256).digest()[:_SIGNATURE_BYTES]
        return base64.b32encode(digest).decode().lower()

    def _holds(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self._sign(text), signature)


def _pack(identity: str) -> str:
    return base64.b32encode(uuid.UUID(identity).bytes).decode().rstrip("=").lower()


def _unpack(packed: str) -> str:
    return str(uuid.UUID(bytes=base64.b32decode(packed.upper() + "=" * (-_ID_LENGTH % 8))))
