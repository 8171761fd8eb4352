"""Callers in a menu: asked for their language, about what they may call for, then the menu itself.

Nothing is remembered between two keys but in the address of the next question, so the same key
told twice is answered alike. Until the caller has chosen, the hub knows nothing of the call: nobody
is offered somebody who only listens to the opening hours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from hub.channels.base import Door
from hub.channels.phone import callback_talk
from hub.channels.phone.answer import Answer, Question, Then
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call
from hub.channels.phone.sender import sender_of
from hub.channels.phone.service import start_voicemail
from hub.channels.phone.session import Say, greeting, offered_language, say
from hub.contacts.inbound import Awaited, Caller, Chosen, Matter

from . import walk
from .kept import Kept, Noted, chosen_of, has_chosen, leave_menu, note_choice
from .model import Branch, Menu, PhoneMenu
from .texts import in_language, spoken_languages, spoken_matter, spoken_menu

LANGUAGE, AWAITED, MATTER, MENU = "language", "awaited", "matter", "menu"
_ABOUT_IT, _SOMETHING_ELSE = "1", "2"
_LANGUAGE_TRIES = 2
_MOST_HINTS = 100  # the provider takes no more
Arrive = Callable[[Line, Call], Awaitable[Answer]]


class Said(NamedTuple):
    """What a caller did when asked: a key ("" none), or words where the menu listens."""

    key: str
    words: str = ""


class MenuFront:
    """`arrive`: hands the call to the hub and says what comes after the menu."""

    def __init__(self, door: Door, arrive: Arrive) -> None:
        self._door = door
        self._arrive = arrive

    async def begin(self, line: Line, call: Call) -> Answer:
        """Greet a caller and ask the first question. Who is on the block list is asked nothing."""
        caller = await self._door.recognise(line.id, sender_of(call))
        if caller.is_blocked:
            return await self._leave(line, call, Kept())
        known = offered_language(caller.language, line.languages)
        menu = line.settings.menu
        if known is None and menu.asks_language and len(line.languages) > 1:
            question = Question(LANGUAGE, line.entry_point.language)
            return Answer(spoken_languages(line.languages), Then.ASK, question=question)
        if known is not None and known != call.language:
            call = await self._note(call, Kept(), known)
        return await self._greet(line, call, caller)

    async def ask_awaited(self, line: Line, call: Call, callback: Awaited) -> Answer:
        """Greet a caller who is to be called back, and ask whether that holds. That they are asked
        is noted: until they have answered they do not wait (`greeting.waits_unheard`).
        """
        call = await self._note(call, self._kept(call), None)
        hello = greeting(call.language, line.settings.greeting)[:1]
        asked = callback_talk.awaited(call.language, callback)
        return Answer((*hello, *asked), Then.ASK, question=Question(AWAITED, call.language))

    async def answered(self, line: Line, call: Call, question: Question, said: Said) -> Answer:
        """What follows what a caller did when asked. Who has chosen, and is asked once more because
        the answer was lost, goes on: the first choice stands.
        """
        if call.leg.ended:
            return Answer((), Then.HANG_UP)
        if not call.in_menu or has_chosen(call):
            return await self._go_on(line, call)
        match question.which:
            case "language":
                return await self._language(line, call, question, said.key)
            case "awaited":
                return await self._awaited(line, call, said.key)
            case "matter":
                return await self._matter(line, call, said.key)
            case _:
                return await self._menu(line, call, question, said)

    async def put_through(self, line: Line, call: Call, place: str, *, reached: bool) -> Answer:
        """The number outside has ended the talk, or was not reached: then the menu once more."""
        if reached or call.leg.ended or not call.in_menu:
            if call.in_menu and (kept := chosen_of(call)) is not None:
                await self._arrive(line, await self._left(call, kept))
            return Answer((), Then.HANG_UP)
        sorry = say(call.language, "not_through")
        return self._ask(line, call, walk.Ask(walk.before(line.settings.menu, place)), (sorry,))

    # --- the questions -------------------------------------------------------------------------

    async def _language(self, line: Line, call: Call, question: Question, key: str) -> Answer:
        offered = line.languages
        if key.isascii() and key.isdigit() and 1 <= int(key) <= len(offered):
            call = await self._note(call, Kept(speaks=True), offered[int(key) - 1])
        elif key != walk.PERSON and question.tries + 1 < _LANGUAGE_TRIES:
            again = replace(question, tries=question.tries + 1)
            return Answer(spoken_languages(offered), Then.ASK, question=again)
        caller = await self._door.recognise(line.id, sender_of(call))
        return await self._greet(line, call, caller)

    async def _greet(self, line: Line, call: Call, caller: Caller) -> Answer:
        if caller.callback is not None:
            return await self.ask_awaited(line, call, caller.callback)
        hello = greeting(call.language, line.settings.greeting)[:1]
        return await self._begin(line, call, caller.matter, hello)

    async def _awaited(self, line: Line, call: Call, key: str) -> Answer:
        """They keep the callback, or cancel it; who does neither goes on as any caller."""
        if key == callback_talk.CANCEL_KEY:
            await self._door.cancel_callback(line.id, sender_of(call))
            return await self._served(line, call, "callback_cancelled", "awaited_cancelled")
        if key == callback_talk.KEEP_KEY:
            return await self._served(line, call, "callback_kept", "awaited_kept")
        if not line.settings.menu.choices:
            noted = await self._note(call, self._kept(call, done=True), None)
            return await self._arrive(line, noted)
        if key == walk.PERSON:
            return await self._take(line, call, walk.Take(Branch(), walk.PERSON))
        caller = await self._door.recognise(line.id, sender_of(call))
        return await self._begin(line, call, caller.matter)

    async def _served(self, line: Line, call: Call, does: str, words: str) -> Answer:
        """The call is filed, nobody is asked for, and it is goodbye."""
        await self._leave(line, call, self._kept(call, does=does))
        return Answer((say(call.language, words),), Then.HANG_UP)

    async def _begin(
        self, line: Line, call: Call, matter: Matter | None, hello: tuple[Say, ...] = ()
    ) -> Answer:
        root = line.settings.menu
        hours = await self._door.open_hours([root.hours] if root.hours else [])
        begins = walk.start(root, hours.__contains__)
        if isinstance(begins, walk.Take):
            answer = await self._take(line, call, begins)
            return replace(answer, prompts=(*hello, *answer.prompts))
        if begins.place:
            return self._ask(line, call, begins, hello)
        if matter is None or not line.settings.recognises:
            return self._ask(line, call, walk.Ask(""), hello)
        asked = spoken_matter(call.language, matter, self._door.clock.now())
        return Answer((*hello, asked), Then.ASK, question=Question(MATTER, call.language))

    async def _matter(self, line: Line, call: Call, key: str) -> Answer:
        caller = await self._door.recognise(line.id, sender_of(call))
        matter = caller.matter
        if key == _ABOUT_IT and matter is not None:
            chosen = Chosen(queue_id=matter.queue_id, agent_id=matter.agent_id)
            about = self._kept(call, does="queue", matter=f"{matter.kind}:{matter.id}")
            return await self._leave(line, call, structs.replace(about, chosen=chosen))
        if key == walk.PERSON:
            return await self._take(line, call, walk.Take(Branch(), walk.PERSON))
        if key == _SOMETHING_ELSE:
            call = await self._note(call, self._kept(call, chosen=Chosen(apart=True)), None)
        return self._ask(line, call, walk.Ask(""))

    async def _menu(self, line: Line, call: Call, question: Question, said: Said) -> Answer:
        root = line.settings.menu
        menu = walk.menu_at(root, question.place)
        key = said.key[:1]
        if not key and said.words and menu is not None:
            key = walk.spoken_key(menu, call.language, said.words)
        hours = await self._door.open_hours(sorted(_hours_of(root)))
        asked = walk.Ask(question.place, question.tries)
        follows = walk.press(root, asked, key, hours.__contains__)
        if isinstance(follows, walk.Take):
            return await self._take(line, call, follows)
        if follows.text is not None:
            told = Say(call.language, in_language(call.language, follows.text.text))
            return self._ask(line, call, follows, (told,))
        if not follows.tries:
            return self._ask(line, call, follows)
        why = "menu_nonsense" if said.key or said.words else "menu_silence"
        return self._ask(line, call, follows, (say(call.language, why),))

    def _ask(self, line: Line, call: Call, ask: walk.Ask, before: tuple[Say, ...] = ()) -> Answer:
        root = line.settings.menu
        menu = walk.menu_at(root, ask.place) or root
        question = Question(
            MENU, call.language, ask.place, ask.tries, _hints(root, menu, call.language)
        )
        prompts = (*before, *spoken_menu(call.language, menu, first=ask.place in walk.FIRST))
        return Answer(prompts, Then.ASK, question=question)

    # --- the end of the menu -------------------------------------------------------------------

    async def _take(self, line: Line, call: Call, taken: walk.Take) -> Answer:
        branch = taken.branch
        kept = self._kept(
            call,
            does=branch.does,
            place=taken.place,
            label=walk.label_of(line.settings.menu, taken.place, line.entry_point.language),
            number=branch.number if branch.does == "number" else "",
        )
        chosen = structs.replace(
            kept.chosen,
            queue_id=branch.queue or None,
            skills=tuple(sorted(branch.skills.items())),
            reason_id=branch.reason or None,
        )
        kept = structs.replace(kept, chosen=chosen)
        if branch.does == "text":  # while it is closed: heard, and that is all
            await self._leave(line, call, kept)
            told = Say(call.language, in_language(call.language, branch.text))
            return Answer((told, say(call.language, "bye")), Then.HANG_UP)
        if branch.does != "number":
            return await self._leave(line, call, kept)
        await self._note(call, kept, None)
        question = Question(MENU, call.language, taken.place)
        through = (say(call.language, "through"),)
        return Answer(through, Then.PUT_THROUGH, question=question, number=branch.number)

    def _kept(self, call: Call, **changes: object) -> Kept:
        """Return what the caller chose so far, with more."""
        return structs.replace(chosen_of(call) or Kept(), **changes)

    async def _note(self, call: Call, kept: Kept, language: str | None) -> Call:
        return await self._door.store.write(note_choice, Noted(call.id, kept, language))

    async def _left(self, call: Call, kept: Kept) -> Call:
        return await self._door.store.write(leave_menu, Noted(call.id, kept))

    async def _leave(self, line: Line, call: Call, kept: Kept) -> Answer:
        if kept.does == "queue":  # whose wait begins once they have heard what is said before
            chosen = await self._note(call, structs.replace(kept, done=True), None)
            ended = chosen.in_menu and chosen.leg.ended
            return Answer((), Then.HANG_UP) if ended else await self._arrive(line, chosen)
        left = await self._left(call, kept)
        if left.in_menu:  # they hung up meanwhile
            return Answer((), Then.HANG_UP)
        return await self._go_on(line, left)

    async def _go_on(self, line: Line, call: Call) -> Answer:
        kept = chosen_of(call)
        if kept is None or kept.does == "queue":
            return await self._arrive(line, call)
        await self._arrive(line, call)  # filed, with nobody asked for
        if kept.does != "voicemail":
            return Answer((), Then.HANG_UP)
        await self._door.store.write(start_voicemail, call.id)
        return Answer((say(call.language, "leave_message"),), Then.MESSAGE)


def _hints(root: PhoneMenu, menu: Menu, language: str) -> tuple[str, ...]:
    """Return the words that are listened for; none where the menu listens to keys alone."""
    if not root.listens:
        return ()
    words = [word for choice in menu.choices for word in choice.words.get(language, [])]
    return tuple(words[:_MOST_HINTS])


def _hours_of(menu: Menu) -> Iterator[str]:
    ways: list[Branch] = [*menu.choices]
    if isinstance(menu, PhoneMenu):
        ways += [menu.otherwise, *([] if menu.closed is None else [menu.closed])]
    for way in ways:
        yield from _hours_below(way)


def _hours_below(branch: Branch) -> Iterator[str]:
    if branch.does == "hours":
        yield branch.hours
    for side in (branch.open, branch.closed):
        if side is not None:
            yield from _hours_below(side)
    if branch.menu is not None:
        yield from _hours_of(branch.menu)
