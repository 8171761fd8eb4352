"""Uploads are told by their bytes, and their names are made harmless."""

from __future__ import annotations

import pytest

from hub.channels.webchat.files import (
    clean_file_name,
    is_program,
    may_be_sent,
    sniff_media_type,
)


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "x.exe", "image/png"),
        (b"\xff\xd8\xff\xe0", "photo", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "a.webp", "image/webp"),
        (b"%PDF-1.7", "a.png", "application/pdf"),
        (b"PK\x03\x04rest", "table.XLSX", sniff_media_type(b"PK\x03\x04", "t.xlsx")),
        (b"PK\x03\x04rest", "a.zip", "application/zip"),
        ("发票号码 123".encode(), "note.txt", "text/plain"),
        ("发".encode()[:2], "cut.txt", "text/plain"),
        (b"<svg onload=alert(1)>", "a.png", "application/octet-stream"),
        (b"  <!DOCTYPE html><script>", "a.txt", "application/octet-stream"),
        (b"MZ\x90\x00", "setup.exe", "application/octet-stream"),
        (b"", "empty", "application/octet-stream"),
    ],
)
def test_the_type_comes_from_the_bytes(head: bytes, name: str, media_type: str) -> None:
    assert sniff_media_type(head, name) == media_type


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\发票.pdf", "发票.pdf"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_names_lose_paths_and_hidden_characters(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept


def test_a_long_name_keeps_its_extension() -> None:
    name = clean_file_name("很" * 400 + ".pdf")
    assert len(name) == 150
    assert name.endswith(".pdf")


@pytest.mark.parametrize(
    ("head", "program"),
    [
        (b"MZ\x90\x00", True),
        (b"\x7fELF\x02", True),
        (b"#!/bin/sh\n", True),
        (b"\xcf\xfa\xed\xfe", True),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"M", False),
        (b"", False),
    ],
)
def test_a_program_is_known_by_its_first_bytes(head: bytes, program: bool) -> None:
    assert is_program(head) is program


@pytest.mark.parametrize(
    ("media_type", "allowed", "may"),
    [
        ("image/png", (), True),
        ("image/png", ("image/*",), True),
        ("image/png", ("application/pdf", "image/png"), True),
        ("application/octet-stream", ("image/*",), False),
        ("imagex/png", ("image/*",), False),
    ],
)
def test_a_list_of_types_names_types_and_kinds(
    media_type: str, allowed: tuple[str, ...], may: bool
) -> None:
    assert may_be_sent(media_type, allowed) is may
