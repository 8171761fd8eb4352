"""Secrets of entry points (a widget's identity keys): in no version, in no page. Pure.

They stay where the channel reads them, in the settings of the entry point. The set-up that is kept
and shown has a stand-in that says where the secret is ("hidden:shop-chat/identity_keys/0"); sent
back, the stand-in means "as it is". So a version from before a key was changed brings back no key,
and who may read the set-up reads no key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from hub.core.errors import Fault

from .model import Setup

SECRET_NAME = re.compile(r"(^|_)(key|keys|secret|secrets|password|passwords|token|tokens)$")
"""Names of settings whose texts are secret; a channel gives its secrets such a name."""

Kept = Mapping[str, Mapping[str, Any]]
"""Entry point -> its settings in force, with the secrets."""

_PREFIX = "hidden:"


def hide_secrets(setup: Setup) -> dict[str, Any]:
    """Return the set-up as plain values (JSON) with a stand-in for each secret."""
    plain: dict[str, Any] = msgspec.to_builtins(setup)
    for point in plain["entry_points"]:
        point["settings"] = _each_secret(
            point["settings"], point["key"], lambda path, _: f"{_PREFIX}{path}"
        )
    return plain


def reveal_secrets(raw: object, kept: Kept) -> object:
    """Return plain values with each stand-in replaced by what it stands for.

    One that stands for nothing stays: `lost_secrets` names its place.
    """

    def reveal(_path: str, text: str) -> object:
        if not text.startswith(_PREFIX):
            return text
        found = _find(kept, text.removeprefix(_PREFIX).split("/"))
        return text if found is None else found

    return _with_settings(raw, lambda key, settings: _each_secret(settings, key, reveal))


def keep_secrets(raw: object, kept: Kept) -> object:
    """Return the plain values of an old version with the secrets that are in force now."""

    def now(key: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        known = kept.get(key, {})
        return {
            name: known[name] if is_hidden(value) else value
            for name, value in settings.items()
            if not is_hidden(value) or name in known
        }

    return _with_settings(raw, now)


def left_secrets(raw: object, kept: Kept) -> list[str]:
    """Return a sentence for each setting of an old version that `keep_secrets` leaves out."""
    left: list[str] = []

    def note(key: str, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        left.extend(
            f"entry point {key}: {name} does not come back, no version holds secrets; write it anew"
            for name, value in settings.items()
            if is_hidden(value) and name not in kept.get(key, {})
        )
        return settings

    _with_settings(raw, note)
    return left


def lost_secrets(raw: object) -> Iterator[Fault]:
    """Yield the places of stand-ins that stand for nothing that is in force."""
    points = raw.get("entry_points") if isinstance(raw, Mapping) else None
    for index, point in enumerate(points if isinstance(points, list) else ()):
        lost: list[str] = []

        def note(path: str, text: str, lost: list[str] = lost) -> None:
            if text.startswith(_PREFIX):
                lost.append(path)

        if isinstance(point, Mapping):
            _each_secret(point.get("settings"), f"entry_points[{index}].settings", note)
        for path in lost:
            yield Fault(
                path.replace("/", "."),
                "stands for a secret that is not in force any more; write the secret itself",
            )


def is_hidden(value: object) -> bool:
    """Say whether there is a stand-in for a secret in a value."""
    if isinstance(value, Mapping):
        return any(is_hidden(one) for one in value.values())
    if isinstance(value, list):
        return any(is_hidden(one) for one in value)
    return isinstance(value, str) and value.startswith(_PREFIX)


def _each_secret(value: Any, path: str, change: Callable[[str, str], object]) -> Any:
    """Return `value` with `change(path, text)` in place of each text under a secret name."""

    def walk(value: Any, path: str, *, secret: bool) -> Any:
        if isinstance(value, Mapping):
            return {
                name: walk(
                    one,
                    f"{path}/{_escaped(str(name))}",
                    secret=secret or bool(SECRET_NAME.search(str(name))),
                )
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [walk(one, f"{path}/{at}", secret=secret) for at, one in enumerate(value)]
        return change(path, value) if secret and isinstance(value, str) else value

    return walk(value, path, secret=False)


def _escaped(name: str) -> str:
    """Return a name as one part of a path (RFC 6901 §3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _with_settings(raw: object, change: Callable[[str, Mapping[str, Any]], Any]) -> object:
    """Return plain values with other settings of entry points; what is no set-up stays as it is."""
    if not isinstance(raw, Mapping) or not isinstance(points := raw.get("entry_points"), list):
        return raw
    return {
        **raw,
        "entry_points": [
            {**point, "settings": change(str(point.get("key")), point["settings"])}
            if isinstance(point, Mapping) and isinstance(point.get("settings"), Mapping)
            else point
            for point in points
        ],
    }


def _find(kept: Kept, path: list[str]) -> object:
    value: Any = kept
    for part in path:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value if isinstance(value, str) else None
