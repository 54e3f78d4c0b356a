"""Budgets by client address: what they count, when they end, and that they cannot grow for ever."""

from __future__ import annotations

import pytest

from ordermill.entrypoints.problems import RateLimited, problem
from ordermill.entrypoints.rate_limits import (
    CLIENTS_MAX,
    DEFAULT_RATE,
    LOOPBACK,
    OFF,
    Budget,
    RateLimits,
    Windows,
    client_of,
    parse_rate,
)

HERE = "192.0.2.7"


class SteppedClock:
    """A monotonic clock that stands until it is moved; seconds."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def served(limits: RateLimits, method: str, address: str | None, tries: int) -> int:
    """How many of `tries` requests are let through."""
    count = 0
    for _ in range(tries):
        try:
            limits.request(method, address)
        except RateLimited:
            continue
        count += 1
    return count


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "FOO"])
def test_writes_have_the_rate_and_reads_ten_times_as_many(method: str) -> None:
    limits = RateLimits("3/second", SteppedClock())
    assert served(limits, method, HERE, 10) == 3
    assert served(limits, "GET", HERE, 100) == 30
    assert served(limits, "HEAD", HERE, 1) == 0


def test_a_budget_is_new_when_its_window_ends_and_not_before() -> None:
    clock = SteppedClock()
    limits = RateLimits("2 per 10 seconds", clock)
    assert served(limits, "POST", HERE, 5) == 2
    clock.at += 9.999
    assert served(limits, "POST", HERE, 5) == 0
    clock.at += 0.001
    assert served(limits, "POST", HERE, 5) == 2


@pytest.mark.parametrize(
    "address", [*sorted(LOOPBACK), "127.0.0.2", "127.255.255.254", "::ffff:127.0.0.1", "::ffff:7f00:1"]
)
def test_this_machines_loopback_has_no_limit(address: str) -> None:
    assert client_of(address) is None
    assert served(RateLimits("1/minute", SteppedClock()), "POST", address, 50) == 50


def test_off_is_off_for_everybody() -> None:
    assert served(RateLimits(OFF, SteppedClock()), "POST", HERE, 5000) == 5000


@pytest.mark.parametrize(
    ("address", "same"),
    [
        (HERE, "::ffff:192.0.2.7"),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        (None, "not an address"),
    ],
)
def test_one_client_has_one_budget_whatever_address_it_comes_from(address: str | None, same: str) -> None:
    limits = RateLimits("2/second", SteppedClock())
    assert served(limits, "POST", address, 2) == 2
    assert served(limits, "POST", same, 1) == 0


@pytest.mark.parametrize("other", ["192.0.2.8", "2001:db8:0:2::1", "::1.2.3.4", None])
def test_clients_do_not_spend_each_others(other: str | None) -> None:
    limits = RateLimits("2/second", SteppedClock())
    assert served(limits, "POST", HERE, 9) == 2
    assert served(limits, "POST", "2001:db8:0:1::1", 9) == 2
    assert served(limits, "POST", other, 9) == 2


def test_what_a_client_is_told() -> None:
    clock = SteppedClock()
    limits = RateLimits("2 per 10 seconds", clock)
    served(limits, "POST", HERE, 2)
    clock.at += 6.5
    with pytest.raises(RateLimited) as caught:
        limits.request("POST", HERE)
    answer = problem(caught.value)
    headers = dict(answer.headers)
    assert answer.status == 429
    assert headers == {
        "retry-after": "4",
        "ratelimit-policy": '"writes";q=2;w=10',
        "ratelimit": '"writes";r=0;t=4',
    }
    assert len(answer.headers) == len(headers)
    clock.at += 3.49
    with pytest.raises(RateLimited) as caught:
        limits.request("POST", HERE)
    assert dict(problem(caught.value).headers)["retry-after"] == "1"


def test_who_has_mail_sent_has_a_budget_of_its_own() -> None:
    clock = SteppedClock()
    limits = RateLimits("1000/second", clock)
    for _ in range(10):
        limits.mailing(HERE)
    with pytest.raises(RateLimited, match="10 mails in 60 s"):
        limits.mailing(HERE)
    limits.mailing("192.0.2.8")
    limits.request("POST", HERE)
    for _ in range(50):
        limits.mailing("127.0.0.1")
        RateLimits(OFF, clock).mailing(HERE)
    clock.at += 60
    limits.mailing(HERE)


def test_memory_is_bounded_however_many_clients_there_are() -> None:
    budget = Budget("writes", parse_rate("5/minute"), SteppedClock())
    for number in range(CLIENTS_MAX + 500):
        budget.spend(f"client {number}")
    assert len(budget.windows) == CLIENTS_MAX


def test_the_oldest_window_goes_first() -> None:
    clock = SteppedClock()
    windows = Windows(clock, most=3)
    for key in ("a", "b", "c", "a", "d"):
        windows.incr(key, 60)
        clock.at += 1
    assert [windows.get(key) for key in "abcd"] == [0, 1, 1, 1]


def test_a_window_that_begins_anew_is_young_again() -> None:
    clock = SteppedClock()
    windows = Windows(clock, most=3)
    for key, at in (("a", 0), ("b", 1), ("c", 30), ("b", 62), ("d", 63), ("e", 64)):
        clock.at = at
        windows.incr(key, 60)
    assert [windows.get(key) for key in "abcde"] == [0, 1, 0, 1, 1]


def test_the_store_does_what_its_library_asks() -> None:
    clock = SteppedClock()
    windows = Windows(clock)
    assert (windows.check(), windows.get("a"), windows.get_expiry("a")) == (True, 0, clock.at)
    assert [windows.incr("a", 5), windows.incr("a", 5, amount=3)] == [1, 4]
    assert windows.get_expiry("a") == clock.at + 5
    windows.clear("a")
    windows.clear("a")
    assert windows.get("a") == 0
    windows.incr("b", 5)
    assert (windows.reset(), len(windows)) == (1, 0)


@pytest.mark.parametrize(
    ("text", "amount", "seconds"),
    [(DEFAULT_RATE, 100, 1), ("5 per minute", 5, 60), ("500 per 5 minutes", 500, 300), ("1/2 seconds", 1, 2)],
)
def test_rates(text: str, amount: int, seconds: int) -> None:
    rate = parse_rate(text)
    assert (rate.amount, rate.get_expiry()) == (amount, seconds)


@pytest.mark.parametrize("text", ["", "100", "0/second", "-1/second", "1.5/second", "1/second;2/minute", "1/fortnight"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rate(text)
