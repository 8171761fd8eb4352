"""What the columns of a file hold: by the words of its first line, or as somebody says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.core.errors import Invalid
from hub.core.text import fold

from .model import Column

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
    Column.SOURCE: "来源 客户来源 source customersource leadsource",
    Column.NOTE: "备注 说明 备注信息 note notes remark remarks comment comments",
}
_FIELDS = {word: column for column, words in HEADERS.items() for word in words.split()}
_WHO = frozenset({Column.NAME, Column.PHONE, Column.EMAIL, Column.FAX, Column.EXTERNAL_ID})


def columns_of(header: Sequence[str]) -> dict[int, Column]:
    """Return what each column holds that is known by its header, by its place."""
    return {
        place: column
        for place, name in enumerate(header)
        if (column := _FIELDS.get(_plain(name))) is not None
    }


def tells_who(columns: Mapping[int, Column]) -> bool:
    """Say whether there is a column that a customer can be known by."""
    return bool(_WHO & set(columns.values()))


def check_columns(columns: Mapping[int, Column], header: Sequence[str]) -> None:
    """Raise Invalid unless a customer can be known by a column."""
    if not tells_who(columns):
        raise Invalid(
            "No column is known. The first line has to name them, for example: name, phone, email,"
            f" tier / 姓名, 电话, 邮箱, 等级. It says: {', '.join(header)[:200]}",
            code="import.no_columns",
        )


def read_columns(said: Sequence[str], header: Sequence[str]) -> dict[int, Column]:
    """Return the columns as somebody says: a word for each column of the file, "" to leave it out.

    Raises Invalid for words that there are not, and where nothing tells who a row is about.
    """
    if len(said) != len(header):
        raise Invalid(
            f"The file has {len(header)} columns: say for each of them what it holds.",
            field="columns",
        )
    unknown = sorted({word for word in said if word and word not in set(Column)})
    if unknown:
        raise Invalid(
            f"A column holds one of {', '.join(Column)}, not {', '.join(unknown)[:100]}.",
            field="columns",
        )
    columns = {place: Column(word) for place, word in enumerate(said) if word}
    if not tells_who(columns):
        raise Invalid(
            "One of the columns has to be a name, a number, a mail address or an id.",
            code="import.no_identity",
            field="columns",
        )
    return columns


def _plain(name: str) -> str:
    """ "Phone (mobile)*" → phone; "客户 姓名" → 客户姓名."""
    folded = fold(name).split("(", 1)[0].strip("* \t:")
    return "".join(character for character in folded if character not in " .-_/'\"")
