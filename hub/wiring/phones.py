"""The phone channel of a hub: entry points of the telephony provider and those of PBXs, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from hub.channels.base import Channel, EntryPoint
from hub.channels.cti import PbxChannel, pbx_of
from hub.channels.phone import PhoneChannel
from hub.contacts.effects import OF_A_CALL, Effect, Outcome
from hub.contacts.model import Channel as ChannelKind
from hub.settings import Twilio


class Phones(Channel):
    """What is asked of an entry point is asked of the channel that it is of: a PBX's where its
    settings say so, else the provider's; of a call that goes on always the provider's that has it.
    """

    kind = ChannelKind.PHONE
    capabilities = PhoneChannel.capabilities

    def __init__(
        self, provider: PhoneChannel, pbx: PbxChannel, points: Sequence[EntryPoint]
    ) -> None:
        self._provider = provider
        self._pbx = pbx
        self._of_pbx: frozenset[str] = frozenset()
        self.take_up(points)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve exactly these from now on. Raises Invalid for settings of one."""
        self._provider.take_up(_of_provider(points))
        self._of_pbx = frozenset(one.id for one in points if pbx_of(one.settings) is not None)

    def take_up_account(self, account: Twilio) -> None:
        """Speak with the provider as this account from now on; PBXs have none."""
        self._provider.take_up_account(account)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._provider.run())
            group.create_task(self._pbx.run())

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [*self._provider.routes(), *self._pbx.routes()]

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        if entry_point_id in self._of_pbx and not await self._goes_on(effect):
            return await self._pbx.perform(entry_point_id, effect)
        return await self._provider.perform(entry_point_id, effect)

    async def _goes_on(self, effect: Effect) -> bool:
        """Whether it is about a call that the provider has since before the line was a PBX's."""
        if not isinstance(effect, OF_A_CALL):
            return False
        return await self._provider.carries(effect.contact_id)


def _of_provider(points: Sequence[EntryPoint]) -> list[EntryPoint]:
    """Return the entry points that are the provider's, with what its channel may set."""
    return [
        replace(point, settings={k: v for k, v in point.settings.items() if k != "pbx"})
        for point in points
        if pbx_of(point.settings) is None
    ]
