"""When an address is mailed again, and what bodies of requests may say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from ordermill.domain.subscriptions import (
    CONFIRM_WITHIN_MS,
    DAY_MS,
    HOUR_MS,
    InvalidSubscription,
    Subscription,
    asked,
    confirmed,
    read_subscription,
    read_token,
)

NEW = Subscription("sub_1", "ada@example.org", "PENDING", 5, 5)


def mails_within(record: Subscription, ms: int, every_ms: int) -> list[int]:
    """When the mails are begun, if somebody asks again and again."""
    times = [record.mailed_at]
    for now in range(record.mailed_at, record.mailed_at + ms, every_ms):
        record = asked(record, record.email, "sub_x", now)
        if record.mailed_at != times[-1]:
            times.append(record.mailed_at)
    assert record.mails == len(times)
    return times


def test_a_new_address_is_to_be_confirmed_by_its_first_mail() -> None:
    assert asked(None, "ada@example.org", "sub_1", 5) == NEW
    assert NEW.expires_at == 5 + CONFIRM_WITHIN_MS
    assert not NEW.is_reminded


def test_whoever_asks_without_end_has_less_and_less_mailed() -> None:
    times = mails_within(replace(NEW, mailed_at=0), 5 * DAY_MS, HOUR_MS // 10)
    gaps = [(later - earlier) // HOUR_MS for earlier, later in pairwise(times)]
    assert gaps == [1, 2, 4, 8, 16, 24, 24, 24]


def test_asking_again_keeps_whose_it_is_and_counts() -> None:
    again = asked(NEW, "ADA@example.org", "sub_2", 5 + HOUR_MS - 1)
    assert again == replace(NEW, version=2)
    assert asked(again, "ADA@example.org", "sub_2", 5 + HOUR_MS) == replace(
        NEW, version=3, mails=2, mailed_at=5 + HOUR_MS
    )


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    ahead = replace(NEW, mailed_at=10**12)
    assert asked(ahead, NEW.email, "sub_2", 7).mailed_at == 7


def test_one_that_is_confirmed_is_told_so_once_a_day_and_never_expires() -> None:
    record = confirmed(NEW, 10)
    assert (record.status, record.confirmed_at, record.version, record.expires_at) == ("CONFIRMED", 10, 2, None)
    assert confirmed(record, 11) is record
    assert not asked(record, NEW.email, "sub_2", 4 + DAY_MS).is_reminded
    told = asked(record, NEW.email, "sub_2", 5 + DAY_MS)
    assert (told.is_reminded, told.mails, told.status, told.confirmed_at) == (True, 2, "CONFIRMED", 10)
    assert [asked(told, NEW.email, "x", 5 + DAY_MS + hours * HOUR_MS).mails for hours in (1, 23, 24)] == [2, 2, 3]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ([], "", "wrong-type"),
        (None, "", "wrong-type"),
        ({}, "/email", "required"),
        ({"email": None}, "/email", "required"),
        ({"email": 1}, "/email", "wrong-type"),
        ({"email": ""}, "/email", "blank"),
        ({"email": "ada"}, "/email", "invalid-email"),
        ({"email": "a@b.c\r\nBcc: x@y.z"}, "/email", "invalid-email"),
        ({"email": "Ada <a@b.example>"}, "/email", "invalid-email"),
        ({"email": "ada@example.org", "status": "CONFIRMED"}, "/status", "unknown-field"),
    ],
)
def test_what_is_no_address(body: object, pointer: str, code: str) -> None:
    with pytest.raises(InvalidSubscription) as refused:
        read_subscription(body)
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == (pointer, code)


@pytest.mark.parametrize("body", [None, [], {}, {"token": None}, {"token": 1}, {"token": "t", "email": "a@b.example"}])
def test_what_is_no_token(body: object) -> None:
    with pytest.raises(InvalidSubscription):
        read_token(body)


def test_what_is_one() -> None:
    assert read_token({"token": ""}) == ""
    assert read_subscription({"email": "jörg@müller.example"}) == "jörg@müller.example"
