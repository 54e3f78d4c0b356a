"""Budgets of requests by client address. This machine's own addresses have one for wrong tokens alone."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Network, ip_address
from typing import Final

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from ordermill.entrypoints.hosts import SAFE_METHODS
from ordermill.entrypoints.problems import RateLimited

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
"""The loopback addresses that nearly all local clients have; `client_of` knows the others too."""

DEFAULT_RATE: Final = "100/second"
OFF: Final = "off"
READS_PER_WRITE: Final = 10
CLIENTS_MAX: Final = 10_000

MAILING: Final = frozenset({"subscribe_email"})
"""The functions by which anyone has mail sent to whatever address they name."""

_MAILING: Final = "10/minute"
_WRONG_TOKENS: Final = "10/minute"
_OWN_WRONG_TOKENS: Final = "600/minute"
_UNKNOWN: Final = "unknown"


def parse_rate(text: str) -> RateLimitItem:
    """A rate such as `100/second` or `500 per 5 minutes`. Raises ValueError."""
    rates = parse_many(text)
    if len(rates) != 1 or rates[0].amount < 1 or rates[0].multiples < 1:
        raise ValueError("not one rate")
    return rates[0]


@lru_cache(CLIENTS_MAX)
def client_of(address: str | None) -> str | None:
    """Whose budget `address` spends: an IPv4 address, an IPv6 /64, None for this machine's loopback.

    Whoever has IPv6 has a /64 at least, so single addresses would be no limit. A connection whose other end was gone
    before its address was read shares one budget with others of the kind.
    """
    if address is None:
        return _UNKNOWN
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return _UNKNOWN
    if ip.version == 6:
        if ip.ipv4_mapped is None:
            return None if ip.is_loopback else str(IPv6Network((ip, 64), strict=False))
        ip = ip.ipv4_mapped
    return None if ip.is_loopback else str(ip)


class Windows(Storage):
    """The counters of `limits` in memory of a bounded size, by a clock of ours, without a thread.

    Beyond `most` windows the oldest is forgotten, which is the next to end, as all are of one length.
    """

    STORAGE_SCHEME = None

    def __init__(self, now: Callable[[], float], most: int = CLIENTS_MAX) -> None:
        super().__init__()
        self._now, self._most = now, most
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What this storage raises that `limits` might wrap: nothing of its own."""
        return MemoryError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; a window begins with its first request."""
        count, ends = self._window(key)
        if not count:
            self._windows.pop(key, None)
            if len(self._windows) >= self._most:
                self._windows.popitem(last=False)
            ends = self._now() + expiry
        self._windows[key] = count + amount, ends
        return count + amount

    def get(self, key: str) -> int:
        """The count in the current window."""
        return self._window(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the current window ends, on the clock given; now if there is none."""
        return self._window(key)[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget all windows; how many there were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget the window."""
        self._windows.pop(key, None)

    def __len__(self) -> int:
        return len(self._windows)

    def _window(self, key: str) -> tuple[int, float]:
        now = self._now()
        count, ends = self._windows.get(key, (0, now))
        return (count, ends) if now < ends else (0, now)


class Budget:
    """So many requests in a window for each client; `name` stands in the answers that say it is spent."""

    def __init__(self, name: str, rate: RateLimitItem, now: Callable[[], float]) -> None:
        self._name, self._rate, self._now = name, rate, now
        self.windows = Windows(now)
        self._limiter = FixedWindowRateLimiter(self.windows)

    def spend(self, client: str) -> None:
        """Count one request. Raises RateLimited beyond the budget."""
        if not self._limiter.hit(self._rate, client):
            left_s = self.windows.get_expiry(self._rate.key_for(client)) - self._now()
            raise RateLimited(self._name, self._rate.amount, self._rate.get_expiry(), max(1, math.ceil(left_s)))


class RateLimits:
    """What each client may ask in a while. Addresses are those of connections; X-Forwarded-For proves nothing."""

    def __init__(self, rate: str = DEFAULT_RATE, now: Callable[[], float] = time.monotonic) -> None:
        """`rate` is for writes, reads have ten times as many; `off` limits wrong tokens alone. Raises ValueError."""
        self._writes = self._reads = None
        if rate != OFF:
            writes = parse_rate(rate)
            reads = type(writes)(writes.amount * READS_PER_WRITE, writes.multiples)
            self._writes, self._reads = Budget("writes", writes, now), Budget("reads", reads, now)
        self._mailing = None if rate == OFF else Budget("mails", parse_rate(_MAILING), now)
        self._wrong = Budget("wrong-tokens", parse_rate(_WRONG_TOKENS), now)
        self._own_wrong = Budget("wrong-tokens", parse_rate(_OWN_WRONG_TOKENS), now)

    def request(self, method: str, address: str | None) -> None:
        """Count one request. Raises RateLimited."""
        client = client_of(address)
        budget = self._reads if method in SAFE_METHODS else self._writes
        if client is not None and budget is not None:
            budget.spend(client)

    def mailing(self, address: str | None) -> None:
        """Count one request that has a mail sent. Raises RateLimited."""
        client = client_of(address)
        if client is not None and self._mailing is not None:
            self._mailing.spend(client)

    def wrong_token(self, address: str | None) -> None:
        """Count one wrong token of staff. Raises RateLimited.

        The right one is never counted nor refused, else whoever shares an address with staff could lock them out.
        """
        client = client_of(address)
        if client is None:
            self._own_wrong.spend("loopback")
        else:
            self._wrong.spend(client)
