"""From the words of the set-up file to a checked Setup: types and ranges, then what refers to what.

Every refusal names the path of the key and says what to write instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from hub.contacts.callback_wishes import CALLS
from hub.contacts.model import Channel
from hub.core.errors import Fault, HubError, Invalid

from .callbacks import callback_problems
from .closing import closing_problems
from .customers import customer_problems
from .hidden import Kept, is_hidden, lost_secrets, reveal_secrets
from .hours import hours_problems, named_hours
from .menus import menu_problems
from .model import Queue, Setup
from .naming import refer, unknown
from .overflow import overflow_circles, overflow_problems
from .panel import panel_problems
from .profiles import profile_problems
from .reading import key_path, read_as
from .reasons import reason_problems
from .sla import sla_problems
from .templates import template_problems

CheckSettings = Callable[[str, Mapping[str, object]], object]
"""How a channel checks its part of an entry point: (entry point, settings), raises Invalid with the
faults by their place in the settings, where it can tell.
"""

_WRITTEN_ONLY = ("voicemail", "callback")  # have targets, but are no channels of their own
_LONGEST_TIER = 32
_FILE = "The set-up file"


class BadSetup(Invalid):
    """The set-up cannot be applied; `faults` and the message say what is wrong and where."""

    code = "setup.bad"

    @classmethod
    def of(cls, faults: Sequence[Fault], what: str = "The set-up") -> BadSetup:
        """Return the error that lists the faults of `what`."""
        listed = "\n".join(f"  {fault}" for fault in faults)
        return cls(f"{what} has {len(faults)} mistake(s):\n{listed}", faults=faults)


def check_setup(
    text: str, channel_checks: Mapping[str, CheckSettings] | None = None, kept: Kept | None = None
) -> Setup:
    """Read the set-up file. `channel_checks`: by channel; `kept`: where the secrets are that it has
    stand-ins for. Raises BadSetup with every problem found.
    """
    raw = reveal_secrets(_read_file(text), kept or {})
    return check_document(raw, channel_checks, what=_FILE)


def check_setup_alone(text: str, channel_checks: Mapping[str, CheckSettings]) -> Setup:
    """As `check_setup`, where nobody can look for secrets: with stand-ins for some, what channels
    read is not judged.
    """
    raw = _read_file(text)
    if not is_hidden(raw):
        return check_document(raw, channel_checks, what=_FILE)
    read = read_as(raw, Setup)
    faults = read if isinstance(read, list) else list(_problems(read, {}))
    if isinstance(read, list) or faults:
        raise BadSetup.of(faults, _FILE)
    return read


def _read_file(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSetup(f"The set-up file is no valid TOML: {error}") from error


def check_document(
    raw: object,
    channel_checks: Mapping[str, CheckSettings] | None = None,
    *,
    what: str = "The set-up",
) -> Setup:
    """Read a set-up of plain values. Raises BadSetup, a sentence about `what` and every problem."""
    read = read_as(raw, Setup)
    faults = read if isinstance(read, list) else list(_problems(read, channel_checks or {}))
    faults += lost_secrets(raw)
    if isinstance(read, list) or faults:
        raise BadSetup.of(faults, what)
    return read


def _problems(setup: Setup, channel_checks: Mapping[str, CheckSettings]) -> Iterator[Fault]:
    yield from _doubles(setup)
    yield from _tiers(setup)
    yield from _channels(setup)
    yield from hours_problems(setup)
    for index, queue in enumerate(setup.queues):
        yield from _queue(setup, f"queues[{index}]", queue)
        yield from overflow_problems(setup, f"queues[{index}]", queue)
    yield from overflow_circles(setup)
    yield from callback_problems(setup)
    yield from _entry_points(setup, channel_checks)
    yield from reason_problems(setup)
    yield from closing_problems(setup)
    yield from _texts_and_agents(setup)
    yield from sla_problems(setup)
    yield from customer_problems(setup)
    yield from template_problems(setup)
    yield from panel_problems(setup)


def _doubles(setup: Setup) -> Iterator[Fault]:
    lists: dict[str, Sequence[str]] = {
        "tiers": [one.key for one in setup.tiers],
        "teams": [one.key for one in setup.teams],
        "skills": [one.key for one in setup.skills],
        "queues": [one.key for one in setup.queues],
        "entry_points": [one.key for one in setup.entry_points],
        "reasons": [one.key for one in setup.reasons],
        "outcomes": [one.key for one in setup.outcomes],
        "closing_fields": [one.key for one in setup.closing_fields],
        "next_actions": [one.key for one in setup.next_actions],
        "not_ready_reasons": [one.key for one in setup.not_ready_reasons],
        "decline_reasons": [one.key for one in setup.decline_reasons],
        "canned": [one.key for one in setup.canned],
        "sla_policies": [one.key for one in setup.sla_policies],
        "competitors": [one.key for one in setup.competitors],
        "lifecycle.loyalty": [one.key for one in setup.lifecycle.loyalty],
        "allocation.rules": [one.key for one in setup.allocation.rules],
        "plans": [one.key for one in setup.plans],
        "side_panel.links": [one.key for one in setup.side_panel.links],
        **{
            f"plans[{index}].steps": [one.key for one in plan.steps]
            for index, plan in enumerate(setup.plans)
        },
    }
    for path, keys in lists.items():
        for index in _again(keys):
            yield Fault(f"{path}[{index}].key", f"the key {keys[index]!r} is used more than once")
    addresses = [(one.channel, one.address.lower()) for one in setup.entry_points]
    for index in _again(addresses):
        channel, address = addresses[index]
        there = f"entry_points[{index}].address"
        yield Fault(there, f"two have the {channel} address {address!r}")
    emails = list(setup.agents)
    for index in _again([email.lower() for email in emails]):
        yield Fault(
            key_path("agents", emails[index]),
            "is the address of an agent who is named already; name each once",
        )


def _again(keys: Sequence[Hashable]) -> Iterator[int]:
    """Yield the places of what was there before."""
    seen: set[Hashable] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield index
        seen.add(key)


def _tiers(setup: Setup) -> Iterator[Fault]:
    known = {tier.key for tier in setup.tiers}
    if setup.default_tier not in known:
        yield unknown("default_tier", "tier", setup.default_tier, known)
    for index, tier in enumerate(setup.tiers):
        if len(tier.key) > _LONGEST_TIER:
            yield Fault(f"tiers[{index}].key", f"has more than {_LONGEST_TIER} characters")
        if tier.agents_see and tier.agents_see not in known:
            yield unknown(f"tiers[{index}].agents_see", "tier", tier.agents_see, known)
    yield from _targets(setup, "target_s", setup.target_s)


def _targets(setup: Setup, path: str, targets: Mapping[str, Sequence[int]]) -> Iterator[Fault]:
    for channel, values in targets.items():
        if len(values) != len(setup.tiers):
            yield Fault(
                f"{path}.{channel}",
                f"has {len(values)} values, but there are {len(setup.tiers)} "
                "tiers: give one for each, the best tier first",
            )


def _channels(setup: Setup) -> Iterator[Fault]:
    """Maps by channel name known channels; every channel used has a cost, a maximum, targets."""
    known = {channel.value for channel in Channel}
    capacity, offer = setup.capacity, setup.offer
    maps: dict[str, Iterable[str]] = {
        "target_s": setup.target_s,
        "service_level": setup.service_level,
        "short_abandon_s": setup.short_abandon_s,
        "next_reply_s": setup.next_reply_s,
        "cap_s": setup.cap_s,
        "public_promise_s": setup.public_promise_s,
        "capacity.cost": capacity.cost,
        "capacity.max": capacity.max,
        "capacity.interruptible": capacity.interruptible,
        "capacity.business_time": capacity.business_time,
        "capacity.comfort": capacity.comfort,
        "capacity.reserve_idle": capacity.reserve_idle,
        "offer.timeout_s": offer.timeout_s,
        "offer.connects": offer.connects,
        "offer.missed": offer.missed,
        "offer.no_decline": offer.no_decline,
        "wrap_up.limit_s": setup.wrap_up.limit_s,
        "wrap_up.gap_s": setup.wrap_up.gap_s,
        "wrap_up.mode": setup.wrap_up.mode,
        "sticky.wait_s": setup.sticky.wait_s,
        "sticky.window_s": setup.sticky.window_s,
        "sticky.redial_s": setup.sticky.redial_s,
        "presence.return_s": setup.presence.return_s,
    }
    written = {*known, *_WRITTEN_ONLY}
    for path, names in maps.items():
        allowed = written if path in ("target_s", "public_promise_s") else known
        if path == "offer.timeout_s":
            allowed = {*known, "callback"}
        for name in sorted(set(names) - allowed):
            yield unknown(f"{path}.{name}", "channel", name, allowed)
    used = {point.channel for point in setup.entry_points}
    for channel in sorted(known):
        for path in ("target_s", "capacity.cost", "capacity.max"):
            if channel in used and channel not in maps[path]:
                yield Fault(f"{path}.{channel}", "is missing, every channel needs it")
        if capacity.cost.get(channel, 0) > capacity.total:
            yield Fault(
                f"capacity.cost.{channel}", "is above capacity.total, nobody could ever take one"
            )
    yield from profile_problems(setup.profiles, known)


def _queue(setup: Setup, path: str, queue: Queue) -> Iterator[Fault]:
    tiers = {tier.key for tier in setup.tiers}
    channels = {channel.value for channel in Channel}
    yield from refer(f"{path}.teams", "team", queue.teams, (team.key for team in setup.teams))
    yield from refer(f"{path}.hours", "hours", [queue.hours], named_hours(setup))
    yield from _targets(setup, f"{path}.target_s", queue.target_s)
    yield from refer(f"{path}.target_s", "channel", queue.target_s, {*channels, *_WRITTEN_ONLY})
    for name in ("service_level", "cap_s", "short_abandon_s", "wrap_up_s", "wrap_up_mode"):
        yield from refer(f"{path}.{name}", "channel", getattr(queue, name), channels)
    yield from _wrap_up(setup, path, queue)
    skills = [skill.key for skill in setup.skills]
    for index, step in enumerate(queue.requires):
        yield from refer(f"{path}.requires[{index}].skills", "skill", step.skills, skills)
        if step.for_s is None and index < len(queue.requires) - 1:
            yield Fault(
                f"{path}.requires[{index}].for_s", "is missing, or the next step is never reached"
            )
    for index, reserve in enumerate(queue.reserve):
        if reserve.channel:
            yield from refer(
                f"{path}.reserve[{index}].channel", "channel", [reserve.channel], channels
            )
        yield from refer(f"{path}.reserve[{index}].tiers", "tier", reserve.tiers, tiers)


def _wrap_up(setup: Setup, path: str, queue: Queue) -> Iterator[Fault]:
    """How wrap-up ends goes with its time and with what is asked."""
    for channel in sorted({*setup.wrap_up.mode, *queue.wrap_up_mode}):
        own = channel in queue.wrap_up_mode
        mode = queue.wrap_up_mode[channel] if own else setup.wrap_up.mode[channel]
        place = f"{path}.wrap_up_mode.{channel}" if own else f"wrap_up.mode.{channel}"
        limit_s = queue.wrap_up_s.get(channel, setup.wrap_up.limit_s.get(channel, 0))
        if mode in ("timed", "full") and limit_s <= 0:
            yield Fault(
                place,
                f"{mode!r} needs a time for {queue.key}: set wrap_up.limit_s.{channel} above 0",
            )
        if mode == "none" and queue.disposition_required:
            yield Fault(
                place,
                f"queue {queue.key} requires a disposition, and without wrap-up nobody is asked: "
                "set its disposition_required to false, or another mode",
            )


def _entry_points(setup: Setup, channel_checks: Mapping[str, CheckSettings]) -> Iterator[Fault]:
    queues = [queue.key for queue in setup.queues]
    channels = [channel.value for channel in Channel]
    points = [point.key for point in setup.entry_points]
    lines = [point.key for point in setup.entry_points if point.channel in CALLS]
    for index, point in enumerate(setup.entry_points):
        path = f"entry_points[{index}]"
        yield from refer(f"{path}.channel", "channel", [point.channel], channels)
        yield from refer(f"{path}.queue", "queue", [point.queue], queues)
        if point.hours:
            yield from refer(f"{path}.hours", "hours", [point.hours], named_hours(setup))
        if isinstance(mail := point.settings.get("mail"), str) and mail:  # who writes for it
            yield from refer(f"{path}.settings.mail", "entry point", [mail], points)
        if isinstance(on := point.settings.get("longest_queue"), str) and on:  # who waited longest
            yield from refer(f"{path}.settings.longest_queue", "queue", [on], queues)
        if point.settings.get("longest_number") == point.address:
            place = f"{path}.settings.longest_number"
            yield Fault(place, "is the number of this entry point: callers would come round again")
        if isinstance(line := point.settings.get("calls_from"), str) and line:  # who calls for it
            yield from refer(f"{path}.settings.calls_from", "phone entry point", [line], lines)
        for number, belongs in enumerate(_items(point.settings.get("by_words"))):
            if isinstance(queue := belongs.get("queue"), str):  # where words bring a fax
                place = f"{path}.settings.by_words[{number}].queue"
                yield from refer(place, "queue", [queue], queues)
        yield from menu_problems(setup, f"{path}.settings", point.settings)
        check = channel_checks.get(point.channel)
        if check is None:
            continue
        try:
            check(point.key, point.settings)
        except HubError as problem:
            faults = problem.faults if isinstance(problem, Invalid) else ()
            for fault in faults or (Fault("", problem.message),):
                yield Fault(".".join(filter(None, (f"{path}.settings", fault.path))), fault.message)


def _items(written: object) -> list[Mapping[str, object]]:
    """Return the groups of a list in a channel's settings; what is none is for its own check."""
    return [one for one in written if isinstance(one, dict)] if isinstance(written, list) else []


def _texts_and_agents(setup: Setup) -> Iterator[Fault]:
    queues = [queue.key for queue in setup.queues]
    skills = [skill.key for skill in setup.skills]
    for index, canned in enumerate(setup.canned):
        yield from refer(f"canned[{index}].queues", "queue", canned.queues, queues)
    for email, agent in setup.agents.items():
        path = key_path("agents", email)
        yield from refer(f"{path}.skills", "skill", agent.skills, skills)
        if agent.profile and agent.profile not in setup.profiles:
            yield unknown(f"{path}.profile", "profile", agent.profile, setup.profiles)
