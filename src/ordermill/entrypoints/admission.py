"""Whether a request is looked at at all, before anybody asks what it wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from ordermill.entrypoints.config import ServerConfig
from ordermill.entrypoints.hosts import Hosts, own_names
from ordermill.entrypoints.rate_limits import DEFAULT_RATE, LOOPBACK, RateLimits


class Admission:
    """The checks that need neither route nor token; local clients pass two look-ups."""

    def __init__(self, hosts: Hosts, limits: RateLimits) -> None:
        self._hosts, self.limits = hosts, limits

    @classmethod
    def of(cls, config: ServerConfig) -> Self:
        """As configured. Raises ValueError for what `from_environment` would have refused."""
        public_url = config.settings.public_url
        names = own_names(config.host, public_url, config.allowed_hosts)
        return cls(Hosts(names, public_url), RateLimits(config.rate_limit or DEFAULT_RATE))

    def check(self, method: str, headers: Mapping[str, str], address: str | None) -> None:
        """Raises RateLimited, MalformedRequest, MisdirectedRequest or Forbidden; `address` is the client's."""
        if address not in LOOPBACK:
            self.limits.request(method, address)
        self._hosts.check(method, headers)
