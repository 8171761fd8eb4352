"""A file of customers, read: encoding, separator, header in Chinese or English, checked rows. Pure.

Nothing here raises on what is in a row: a row is an ImportRow or a Refused with every reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.core.errors import Invalid, TooLarge
from hub.core.text import fold

from .model import IdentityKind
from .normalise import Address, Refusal, parse_address, parse_numbers

MAX_FILE_BYTES = 100 * 1_048_576
MAX_CELL = 4_000
_MAX_NAME = 200
_SAMPLE = 20_000
_SEPARATORS = ",;\t|"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets run (reliability.md, Out)
_KNOWN_HAN_SHARE = 0.9


class Column(StrEnum):
    """What a column can hold. Numbers and mails may have several columns."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    FAX = "fax"
    EXTERNAL_ID = "external_id"
    TIER = "tier"
    LANGUAGE = "language"
    ORGANISATION = "organisation"
    ROLE = "role"
    NOTE = "note"


# Headers as people write them, folded and without blanks, dots, dashes and what is in brackets.
HEADERS: dict[Column, str] = {
    Column.NAME: """姓名 客户姓名 客户名称 客户名 名称 名字 联系人
        name fullname customer customername contactname""",
    Column.PHONE: """电话 电话号码 手机 手机号 手机号码 移动电话 联系电话 座机 固定电话 办公电话
        电话1 电话2 手机1 手机2 phone phonenumber phone1 phone2 mobile mobilephone mobilenumber
        cell tel telephone telephonenumber homephone workphone officephone""",
    Column.EMAIL: """邮箱 电子邮箱 电子邮件 邮件 邮件地址 邮箱地址 邮箱1 邮箱2
        email emailaddress mail email1 email2""",
    Column.FAX: "传真 传真号 传真号码 fax faxnumber",
    Column.EXTERNAL_ID: """客户编号 客户编码 客户号 客户id 编号 编码 会员号 会员编号
        id customerid externalid customernumber customerno accountnumber accountid memberid""",
    Column.TIER: "等级 客户等级 级别 客户级别 tier customertier level",
    Column.LANGUAGE: "语言 语种 language lang locale",
    Column.ORGANISATION: """公司 公司名称 单位 单位名称 企业 企业名称 组织
        company companyname organisation organization employer""",
    Column.ROLE: "职务 职位 岗位 角色 role title jobtitle position",
    Column.NOTE: "备注 说明 备注信息 note notes remark remarks comment comments",
}
_FIELDS = {word: column for column, words in HEADERS.items() for word in words.split()}
_KINDS = {
    Column.PHONE: IdentityKind.PHONE,
    Column.FAX: IdentityKind.FAX,
    Column.EMAIL: IdentityKind.EMAIL,
    Column.EXTERNAL_ID: IdentityKind.EXTERNAL,
}
_LANGUAGES = {
    "中文": "zh-CN", "汉语": "zh-CN", "简体中文": "zh-CN", "普通话": "zh-CN", "chinese": "zh-CN",
    "zh": "zh-CN", "zh-cn": "zh-CN", "zh-hans": "zh-CN", "英文": "en", "英语": "en",
    "english": "en", "en": "en", "en-us": "en", "en-gb": "en",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused: `code` for programs, `text` for people, `column` as in the file."""

    code: str
    text: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """`line` is where the row begins in the file, the header being line 1."""

    line: int
    reasons: tuple[Reason, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportRow:
    line: int
    cells: tuple[str, ...]
    name: str | None
    addresses: tuple[Address, ...]
    tier: str | None = None
    language: str | None = None
    organisation: str | None = None
    role: str | None = None
    note: str | None = None


@dataclass(slots=True)
class CustomerFile:
    """A decoded file with a header that names at least a name or an address."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    columns: dict[int, Column]
    text: str
    seen: dict[tuple[str, str], int] = field(default_factory=dict)  # address -> its first line

    @property
    def ignored(self) -> list[str]:
        """The headers that mean nothing to us."""
        return [
            name for index, name in enumerate(self.header) if index not in self.columns and name
        ]

    def rows(self, region: str, tiers: Collection[str]) -> Iterator[ImportRow | Refused]:
        """Yield every row that is not empty, checked. `tiers`: the keys there are."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
        next(reader)
        line = reader.line_num + 1
        for cells in _lines(reader):
            row = [_unquoted(cell.strip()) for cell in cells]
            if any(row):
                yield self._checked(line, row, region, tiers)
            line = reader.line_num + 1

    def _checked(
        self, line: int, cells: list[str], region: str, tiers: Collection[str]
    ) -> ImportRow | Refused:
        reasons: list[Reason] = []
        if len(cells) > len(self.header) and any(cells[len(self.header) :]):
            text = f"The row has {len(cells)} cells, the header {len(self.header)}."
            reasons.append(Reason("row.too_many_cells", text))
        if any(len(cell) > MAX_CELL for cell in cells):
            reasons.append(Reason("row.long_cell", f"A cell has more than {MAX_CELL} characters."))
        if reasons:
            return Refused(line, tuple(reasons), tuple(cell[:200] for cell in cells))
        values = self._values(cells)
        addresses = self._addresses(line, cells, region, reasons)
        tier = values.get(Column.TIER)
        if tier is not None and tier.casefold() not in tiers:
            text = f"There is no tier “{tier}”; there are {', '.join(sorted(tiers))}."
            reasons.append(Reason("tier.unknown", text, "tier"))
        name = values.get(Column.NAME)
        if name is not None and len(name) > _MAX_NAME:
            text = f"The name has more than {_MAX_NAME} characters."
            reasons.append(Reason("name.too_long", text, "name"))
        if not name and not addresses and not reasons:
            reasons.append(Reason("row.nobody", "The row has neither a name nor an address."))
        if reasons:
            return Refused(line, tuple(reasons), tuple(cells))
        for address in addresses:
            self.seen.setdefault((address.kind.value, address.value), line)
        language = values.get(Column.LANGUAGE)
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
        )

    def _values(self, cells: Sequence[str]) -> dict[Column, str]:
        values: dict[Column, str] = {}
        for index, column in self.columns.items():
            if index < len(cells) and cells[index]:
                values.setdefault(column, " ".join(cells[index].split()))
        return values

    def _addresses(
        self, line: int, cells: Sequence[str], region: str, reasons: list[Reason]
    ) -> list[Address]:
        found: dict[tuple[str, str], Address] = {}
        for index, column in self.columns.items():
            kind = _KINDS.get(column)
            if kind is None or index >= len(cells) or not cells[index]:
                continue
            for parsed in _parsed(kind, cells[index], region):
                if isinstance(parsed, Refusal):
                    reasons.append(Reason(parsed.code, parsed.reason, self.header[index]))
                    continue
                key = (parsed.kind.value, parsed.value)
                before = self.seen.get(key)
                if before is not None:
                    text = f"“{parsed.written}” is already in line {before}."
                    reasons.append(Reason("row.duplicate", text, self.header[index]))
                found[key] = parsed
        return list(found.values())


def read_customer_file(data: bytes, encoding: str | None = None) -> CustomerFile:
    """Return the file with its columns understood. Raises TooLarge, Invalid with what to do."""
    if len(data) > MAX_FILE_BYTES:
        raise TooLarge(f"The file is larger than {MAX_FILE_BYTES // 1_048_576} MiB: split it.")
    text, encoding = decode(data, encoding)
    text = text.replace("\0", "")  # no text of anybody's, and PostgreSQL stores none
    first = text.lstrip("\r\n").split("\n", 1)[0]
    if not first.strip():
        raise Invalid("The file is empty: its first line names the columns.", code="import.empty")
    separator = max(_SEPARATORS, key=first.count)
    text = text.lstrip("\r\n")
    header = tuple(
        cell.strip()
        for cell in next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    )
    columns = {
        index: column
        for index, name in enumerate(header)
        if (column := _FIELDS.get(_plain_header(name))) is not None
    }
    if not {Column.NAME, *_KINDS} & set(columns.values()):
        raise Invalid(
            "No column is known. The first line has to name them, for example: name, phone, email,"
            f" tier / 姓名, 电话, 邮箱, 等级. It says: {', '.join(header)[:200]}",
            code="import.no_columns",
        )
    return CustomerFile(encoding, separator, header, columns, text)


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text and its encoding: as told, by its byte order mark, UTF-8, GB18030, or 1252.

    Spreadsheets in China save GB18030 and say so nowhere. Western text in 1252 is valid GB18030 as
    well, but reads as characters that nobody writes: what is not in GB 2312 gives it away.
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark) and encoding is None:
            encoding = name
    if encoding is None:
        encoding = _guess(data)
    try:
        return data.decode(encoding), encoding
    except (LookupError, UnicodeDecodeError) as error:
        raise Invalid(
            f"The file is not written in {encoding}: save it as UTF-8 and try again.",
            code="import.encoding",
        ) from error


def refused_csv(file: CustomerFile, refused: Sequence[Refused]) -> str:
    """Return the refused rows as a file that can be mended and imported again, reasons first."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["line", "reasons", *file.header])
    for row in refused:
        reasons = "; ".join(reason.text for reason in row.reasons)
        writer.writerow([row.line, reasons, *(_quoted(cell) for cell in row.cells)])
    return out.getvalue()


def _guess(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return "cp1252"
    foreign = [character for character in text if not character.isascii()][:_SAMPLE]
    known = sum(1 for character in foreign if _is_gb2312(character))
    return "gb18030" if known >= _KNOWN_HAN_SHARE * len(foreign) else "cp1252"


def _is_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _lines(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield rows; a row the csv module cannot read becomes one cell that is too long."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield ["x" * (MAX_CELL + 1)]


def _parsed(kind: IdentityKind, cell: str, region: str) -> Sequence[Address | Refusal]:
    if kind in (IdentityKind.PHONE, IdentityKind.FAX):
        numbers = parse_numbers(kind, cell, region)
        return [numbers] if isinstance(numbers, Refusal) else numbers
    return [parse_address(kind, cell, region)]


def _plain_header(name: str) -> str:
    """ "Phone (mobile)*" → phone; "客户 姓名" → 客户姓名."""
    folded = fold(name).split("(", 1)[0].strip("* \t:")
    return "".join(character for character in folded if character not in " .-_/'\"")


def _quoted(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
