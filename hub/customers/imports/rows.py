"""Rows of customers, checked: a row is an ImportRow or a Refused with every reason. No I/O.

Nothing here raises on what is in a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.customers.model import IdentityKind
from hub.customers.normalise import Address, Refusal, parse_address, parse_numbers

from .csv_file import Broken
from .file import FileForm, Source, read_records
from .model import MAX_NAME, Column, ImportRow, Reason, Refused
from .seen import Earlier, Seen

MAX_SOURCE = 64
_KINDS = {
    Column.PHONE: IdentityKind.PHONE,
    Column.FAX: IdentityKind.FAX,
    Column.EMAIL: IdentityKind.EMAIL,
    Column.EXTERNAL_ID: IdentityKind.EXTERNAL,
}
# What a row says of whom it is about.
_SAID = (Column.NAME, Column.TIER, Column.LANGUAGE, Column.NOTE, Column.SOURCE)
_BETWEEN_MAILS = re.compile(r"[;；,，、\s]+")
_LANGUAGES = {
    "中文": "zh-CN", "汉语": "zh-CN", "简体中文": "zh-CN", "普通话": "zh-CN", "chinese": "zh-CN",
    "zh": "zh-CN", "zh-cn": "zh-CN", "zh-hans": "zh-CN", "英文": "en", "英语": "en",
    "english": "en", "en": "en", "en-us": "en", "en-gb": "en",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowChecker:
    """Checks the rows of one file in their order. `region` (ISO 3166) reads numbers; `tiers` are
    the keys there are; `seen` knows the rows before.
    """

    form: FileForm
    columns: Mapping[int, Column]
    region: str
    tiers: Collection[str]
    seen: Seen

    def rows(self, source: Source) -> Iterator[ImportRow | Refused]:
        """Yield every row of the file that is not empty."""
        for row in read_records(source, self.form):
            if isinstance(row, Broken):
                yield Refused(row.line, (row.reason,), row.cells)
            else:
                yield self.check(row.line, row.cells)

    def check(self, line: int, cells: Sequence[str]) -> ImportRow | Refused:
        """Return what a row says, or why it cannot be taken."""
        reasons: list[Reason] = []
        values = self._values(cells)
        addresses = self._addresses(cells, reasons)
        name = values.get(Column.NAME)
        tier = values.get(Column.TIER)
        if tier is not None and tier.casefold() not in self.tiers:
            text = f"There is no tier “{tier}”; there are {', '.join(sorted(self.tiers))}."
            reasons.append(Reason("tier.unknown", text, "tier", tier[:60]))
        if name is not None and len(name) > MAX_NAME:
            text = f"The name has more than {MAX_NAME} characters."
            reasons.append(Reason("name.too_long", text, "name"))
        if not name and not addresses and not reasons:
            reasons.append(Reason("row.nobody", "The row has neither a name nor an address."))
        if reasons:
            return Refused(line, tuple(reasons), tuple(cells))
        return self._placed(line, cells, values, addresses)

    def _placed(
        self,
        line: int,
        cells: Sequence[str],
        values: Mapping[Column, str],
        addresses: Sequence[Address],
    ) -> ImportRow | Refused:
        """Say which earlier row of the file this one is about, if any."""
        name = values.get(Column.NAME)
        keys = [f"{a.kind.value}:{a.value}" for a in addresses] or [
            f"name:{name}/{values.get(Column.SOURCE, '')}"
        ]
        external = next((a.value for a in addresses if a.kind is IdentityKind.EXTERNAL), "")
        earlier = self.seen.find(keys, name, external)
        if len(earlier) > 1 or any(not one.is_same for one in earlier):
            return Refused(line, (_duplicate(addresses, earlier),), tuple(cells))
        same_as = earlier[0].line if earlier else None
        first = line if same_as is None else same_as
        said = keys + [
            f"{first}:{column.value}:{values[column]}" for column in _SAID if column in values
        ]
        brings = same_as is None or not self.seen.knows(said)
        self.seen.add(said, first, name, external)
        tier, language = values.get(Column.TIER), values.get(Column.LANGUAGE)
        return ImportRow(
            line=line,
            cells=tuple(cells),
            name=name,
            addresses=tuple(addresses),
            tier=tier.casefold() if tier else None,
            language=_LANGUAGES.get(language.casefold(), language[:16]) if language else None,
            organisation=values.get(Column.ORGANISATION),
            role=values.get(Column.ROLE),
            note=values.get(Column.NOTE),
            source=values.get(Column.SOURCE, "")[:MAX_SOURCE] or None,
            same_as=same_as,
            brings=brings,
        )

    def _values(self, cells: Sequence[str]) -> dict[Column, str]:
        values: dict[Column, str] = {}
        for index, column in self.columns.items():
            if index < len(cells) and cells[index]:
                values.setdefault(column, " ".join(cells[index].split()))
        return values

    def _addresses(self, cells: Sequence[str], reasons: list[Reason]) -> list[Address]:
        found: dict[tuple[str, str], Address] = {}
        for index, column in self.columns.items():
            kind = _KINDS.get(column)
            if kind is None or index >= len(cells) or not cells[index]:
                continue
            for parsed in _parsed(kind, cells[index], self.region):
                if isinstance(parsed, Refusal):
                    where, what = self.form.header[index], cells[index][:60]
                    reasons.append(Reason(parsed.code, parsed.reason, where, what))
                elif not parsed.is_anonymous:
                    found[parsed.kind.value, parsed.value] = parsed
        return list(found.values())


def _duplicate(addresses: Sequence[Address], earlier: Sequence[Earlier]) -> Reason:
    lines = ", ".join(str(one.line) for one in earlier)
    what = ", ".join(f"“{address.written}”" for address in addresses[:3]) or "The name"
    if len(earlier) > 1:
        text = f"{what}: already in lines {lines}, which are about different customers."
    else:
        text = f"{what}: already in line {lines}, which is about somebody else."
    return Reason("row.duplicate", text, detail=lines)


def _parsed(kind: IdentityKind, cell: str, region: str) -> Sequence[Address | Refusal]:
    """Read a cell that may hold several numbers or mails, also one a line."""
    if kind in (IdentityKind.PHONE, IdentityKind.FAX):
        found: list[Address | Refusal] = []
        for line in filter(None, map(str.strip, cell.splitlines())):
            numbers = parse_numbers(kind, line, region)
            found += [numbers] if isinstance(numbers, Refusal) else numbers
        return found
    if kind is IdentityKind.EMAIL and cell.count("@") > 1:
        return [parse_address(kind, mail, region) for mail in _BETWEEN_MAILS.split(cell) if mail]
    return [parse_address(kind, cell, region)]
