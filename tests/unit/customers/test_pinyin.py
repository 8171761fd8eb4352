"""Chinese names in Latin letters: what people type finds them."""

from __future__ import annotations

import pytest

from hub.customers import pinyin
from hub.customers.pinyin import romanised, search_words


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("陈晓梅", "chenxiaomei"),
        ("陈晓梅", "chenxm"),
        ("陈晓梅", "cxm"),
        ("陈晓梅", "xiaomei"),
        ("陳曉梅", "cxm"),  # traditional characters
        ("曾国藩", "zengguofan"),  # a surname is read otherwise than the character elsewhere
        ("单雄信", "shanxx"),
        ("解缙", "xiejin"),
        ("仇英", "qiuying"),
        ("尉迟恭", "yuchigong"),  # of two characters, read otherwise too
        ("尉迟恭", "yuchig"),
        ("欧阳修", "oyx"),
        ("吕布", "lvbu"),
        ("吕布", "lubu"),
        ("上海启明科技有限公司", "qimingkejiyouxiangongsi"),
        ("上海启明科技有限公司", "shqmkjyxgs"),
        ("中国工商银行", "yinhang"),
        ("重庆长安汽车", "cqcaqc"),
        ("Ann 李明", "liming"),
        ("李明 (ABC)", "lm"),
    ],
)
def test_what_people_type_is_among_the_words(name: str, typed: str) -> None:
    assert typed in search_words(name)


@pytest.mark.parametrize("name", ["", "Ann Lee", "José", "ひらがな", "12345", "👍"])
def test_a_name_without_han_characters_has_no_words(name: str) -> None:
    assert search_words(name) == []
    assert romanised(name) == frozenset()


def test_a_name_is_written_with_the_surname_first_or_last() -> None:
    assert romanised("陈晓梅") == {"chenxiaomei", "xiaomeichen"}
    assert "zhugeliang" in romanised("诸葛亮")


@pytest.mark.parametrize("name", ["陈", "上海启明科技有限公司", "陈晓梅 Mary", "陈 晓 梅 和 李 明"])
def test_what_is_not_one_persons_name_is_not_romanised(name: str) -> None:
    assert romanised(name) == frozenset()


def test_a_long_name_makes_few_words() -> None:
    assert len(search_words("中华人民共和国工业和信息化部电子第五研究所" * 20)) < 60


def test_only_the_characters_that_are_met_are_read() -> None:
    pinyin._reading.cache_clear()
    search_words("陈晓梅")
    assert pinyin._reading.cache_info().currsize == 3
