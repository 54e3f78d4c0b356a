"""POST /images: base64 to the letter, sizes, and every wrong member named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordermill.domain.errors import DuplicateKey, InvalidImage, MalformedJson, PayloadTooLarge
from ordermill.domain.image_request import BODY_MAX, PICTURE_MAX, read_upload
from tests.pictures import base64_of, picture

RED = base64_of(picture())
LAMBDA_MAX = 6 * 1024 * 1024
"""Bytes of an event, in which the body is a text within a text."""


def wrong(**members: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidImage) as caught:
        read_upload(json.dumps(members).encode())
    return [(error.pointer, error.code) for error in caught.value.errors]


def test_an_upload_is_the_bytes_and_the_description() -> None:
    upload = read_upload(json.dumps({"image": RED, "description": "a red\ncar"}).encode())
    assert (upload.picture, upload.description) == (picture(), "a red\ncar")
    assert read_upload(json.dumps({"image": RED}).encode()).description is None


@pytest.mark.parametrize(
    "text",
    [
        "", "=", "A", "AA", "AA=", "AAA", RED + "\n", RED[:8] + "\n" + RED[8:], " " + RED, RED.replace("/", "_") + "-",
        RED.rstrip("=") + "====", "é" * 8, "data:image/png;base64," + RED, "QUI=QUI=", RED + "QUJD",
    ],
)  # fmt: skip
def test_base64_is_taken_to_the_letter(text: str) -> None:
    assert wrong(image=text) in ([("/image", "invalid-base64")], [("/image", "unsupported-picture")])


def test_every_wrong_member_is_named() -> None:
    assert wrong(description=5, confirm=True) == [
        ("/confirm", "unknown-field"),
        ("/description", "wrong-type"),
        ("/image", "required"),
    ]
    assert wrong(image=7) == [("/image", "wrong-type")]
    assert wrong(image=RED, description="x" * 5001) == [("/description", "too-long")]
    assert wrong(image=base64_of(b"<html>"), description="a\x00") == [
        ("/description", "invalid-text"),
        ("/image", "unsupported-picture"),
    ]
    for body in ("[]", "null", '"x"'):
        with pytest.raises(InvalidImage):
            read_upload(body.encode())
    with pytest.raises(MalformedJson):
        read_upload(b"{")
    with pytest.raises(DuplicateKey):
        read_upload(b'{"image": "", "image": ""}')


def test_four_mebibytes_are_enough() -> None:
    for size in (PICTURE_MAX + 1, PICTURE_MAX + 2, PICTURE_MAX + 3, PICTURE_MAX + 1000):
        with pytest.raises(PayloadTooLarge):
            read_upload(json.dumps({"image": base64_of(b"\x89PNG" + b"x" * (size - 4))}).encode())
    largest = json.dumps({"image": base64_of(b"x" * PICTURE_MAX), "description": "\U0001f469" * 5000}).encode()
    with pytest.raises(InvalidImage):
        read_upload(largest)
    assert len(largest) <= BODY_MAX
    assert len(json.dumps({"body": largest.decode(), "headers": "x" * 10_240})) <= LAMBDA_MAX
