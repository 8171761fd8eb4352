"""Why a row is refused or kept, in the reader's language. Pure."""

from __future__ import annotations

from .model import Reason

_CHINESE = {
    "email.bad_domain": "“{detail}”的域名不正确。",
    "email.bad_name": "“{detail}”含有邮箱名称中不能使用的字符。",
    "email.no_at": "“{detail}”不是邮箱地址：应写作 名称@域名。",
    "email.too_long": "“{detail}”太长，不是有效的邮箱地址。",
    "external.empty": "编号是空的。",
    "external.too_long": "编号太长：最多 200 个字符。",
    "name.too_long": "姓名超过 200 个字符。",
    "number.impossible": "“{detail}”不是存在的号码：请核对位数，或以 + 和国家代码开头书写。",
    "number.not_callable": "“{detail}”无法拨打：请写完整号码，境外号码以 + 和国家代码开头。",
    "number.not_one": "“{detail}”不是电话号码。",
    "row.conflict": "这一行的联系方式属于不同的客户：请先合并这些客户，或把这一行拆开。",
    "row.duplicate": "与第 {detail} 行的联系方式相同，但不是同一位客户。",
    "row.encoding": "这一行含有不属于文件编码的字节：请另存为 UTF-8。",
    "row.erased": "使用这一联系方式的客户已要求删除资料，不能再次导入。",
    "row.long_cell": "有单元格超过 4000 个字符。",
    "row.nobody": "这一行既没有姓名，也没有联系方式。",
    "row.open_quote": "引号没有成对。",
    "row.other_id": "这一行的联系方式属于编号为 {detail} 的另一位客户。",
    "row.other_name": "这一行的联系方式属于“{detail}”，姓名不同。",
    "row.out_of_sight": "其他分支机构的客户已有这一行的联系方式：请由能看到双方客户的人处理。",
    "row.too_many_cells": "这一行有 {detail} 个单元格，多于表头。",
    "row.too_long": "这一行太长。",
    "tier.unknown": "没有“{detail}”这个客户等级。",
    "undo.added": "此后该客户的联系方式或资料有变动。",
    "undo.changed": "此后该客户被修改过。",
    "undo.merged": "此后该客户已并入另一位客户。",
    "undo.moved": "此后有联系方式被移走或删除。",
    "undo.owner": "此后该客户已有负责人，或已归档。",
    "undo.role": "此后该客户在企业中的职务有变动。",
    "undo.tier": "此后该客户的等级被调整过。",
    "undo.used": "此后该客户有往来记录，或被其他记录引用。",
    "undo.withdrawn": "此后有资料被撤回。",
}


def say(reason: Reason, language: str) -> str:
    """Return the sentence in `language` ("zh-CN", else English)."""
    chinese = _CHINESE.get(reason.code) if language.startswith("zh") else None
    return reason.text if chinese is None else chinese.format(detail=reason.detail)
