"""The signer of conversation tokens, with the key that the database keeps."""

from __future__ import annotations

from hub.storage import Store
from hub.vendors.mail.tokens import ConversationTokens

from . import service


class TokenKeeper:
    """Reads the key at the first use, making it where there is none."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokens: ConversationTokens | None = None

    async def get(self) -> ConversationTokens:
        if self._tokens is None:
            key = await self._store.read(service.find_token_key, None)
            if key is None:
                key = await self._store.write(service.get_or_make_token_key, None)
            self._tokens = ConversationTokens(key)
        return self._tokens
