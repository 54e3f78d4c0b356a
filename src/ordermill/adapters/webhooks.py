"""Webhooks over HTTP: to public addresses alone, checked at every post, and never for long.

A name is resolved once and the connection made to what it resolved to, so that no second answer can lead elsewhere.
Redirects are not followed, proxies not asked, cookies not kept; what the target answers is read but shown to nobody.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from ordermill import __version__
from ordermill.domain.destinations import Address, Destination, Unacceptable, is_acceptable
from ordermill.ports.ambient import Clock
from ordermill.ports.services import WebhookBusy, WebhookError, WebhookRefused

AT_ONCE: Final = 2
"""Posts to one host at the same time: a target that hangs leaves room for the others."""
BODY_MAX: Final = 64 * 1024
_BODY_S: Final = 1
LONGEST_WAIT_MS: Final = 900_000
"""Of what a target may ask for with Retry-After."""
_PASSING: Final = frozenset({408, 425, 429})
_MAY_ASK: Final = frozenset({429, 503})

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """As the machine resolves names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class HttpWebhooks:
    """Port `webhooks`; any thread may post. `allow_local` takes http and this machine's own network too."""

    def __init__(
        self,
        clock: Clock,
        *,
        allow_local: bool = False,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        connect_s: float = 5,
        within_s: float = 10,
    ) -> None:
        self._clock, self._allow_local, self._resolve, self._given_tls = clock, allow_local, resolve, tls
        self._connect_s, self._within_s = connect_s, within_s
        for library in ("httpx2", "httpcore2"):
            # They log whole URLs, and those of webhooks are secrets.
            logging.getLogger(library).setLevel(logging.WARNING)
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """See `Webhooks.post`."""
        try:
            destination = Destination.of(url, allow_local=self._allow_local)
        except Unacceptable as error:
            raise WebhookRefused(str(error)) from error
        with self._lane(destination.authority):
            addresses = self._addresses(destination)
            status, retry_after = asyncio.run(self._send(destination, addresses, headers, body))
        self._judge(status, retry_after)

    @contextmanager
    def _lane(self, authority: str) -> Iterator[None]:
        with self._lock:
            if self._under_way[authority] >= AT_ONCE:
                raise WebhookBusy("other posts to it are under way")
            self._under_way[authority] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[authority] -= 1
                if not self._under_way[authority]:
                    del self._under_way[authority]

    def _addresses(self, destination: Destination) -> list[Address]:
        """Where to connect to: one bad address spoils them all, for who can name it could name it alone."""
        try:
            found = [ip_address(text) for text in self._resolve(destination.host, destination.port)]
        except (OSError, UnicodeError) as error:
            raise WebhookError("its name cannot be resolved") from error
        if not found:
            raise WebhookError("its name has no address")
        if not all(is_acceptable(address, allow_local=self._allow_local) for address in found):
            raise WebhookRefused("its name leads to an address that is not a public one")
        return found

    async def _send(
        self, destination: Destination, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str | None]:
        """The answer's status and Retry-After; they are the answer, whatever becomes of its body."""
        import httpx2  # slow to import, and most have no webhooks

        tls = self._tls if destination.scheme == "https" else self._no_tls
        timeout = httpx2.Timeout(self._within_s, connect=self._connect_s)
        async with httpx2.AsyncClient(verify=tls, timeout=timeout, trust_env=False) as client:
            try:
                async with asyncio.timeout(self._within_s):
                    response = await _answer(client, destination, addresses, headers, body)
            except TimeoutError as error:
                raise WebhookError(f"no answer within {self._within_s:g} s") from error
            await _discard(response)
            return response.status_code, response.headers.get("retry-after")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import httpx2

        return self._given_tls or httpx2.create_ssl_context()

    @cached_property
    def _no_tls(self) -> ssl.SSLContext:
        """Trusts nobody: for targets without TLS, where loading whom to trust would be for nothing."""
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def _judge(self, status: int, retry_after: str | None) -> None:
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise WebhookRefused(f"it answered {status}; redirects are not followed")
        if 400 <= status < 500 and status not in _PASSING:
            raise WebhookRefused(f"it answered {status}")
        wait_ms = self._wait_ms(retry_after) if status in _MAY_ASK and retry_after else None
        raise WebhookError(f"it answered {status}", wait_ms)

    def _wait_ms(self, retry_after: str) -> int | None:
        """Seconds, or a date; None where it is neither."""
        text = retry_after.strip()
        if text.isascii() and text.isdecimal():
            return min(int(text[:9]) * 1000, LONGEST_WAIT_MS)
        try:
            at_ms = int(parsedate_to_datetime(text).timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
        return min(max(at_ms - self._clock.now_ms(), 0), LONGEST_WAIT_MS)


async def _answer(
    client: Any, destination: Destination, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes
) -> Any:
    """From the first address that can be connected to; its body is still to be read."""
    import httpx2

    own = {"host": destination.authority, "user-agent": f"ordermill/{__version__}", "accept-encoding": "identity"}
    failure: Exception | None = None
    for address in addresses:
        request = client.build_request(
            "POST",
            _pinned(destination, address),
            headers={**headers, **own},
            content=body,
            extensions={"sni_hostname": destination.host.removesuffix(".")},
        )
        try:
            return await client.send(request, stream=True, follow_redirects=False)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            failure = error
        except httpx2.HTTPError as error:
            raise WebhookError("the connection broke before an answer came") from error
    raise WebhookError(_unconnected(failure)) from failure


def _pinned(destination: Destination, address: Address) -> Any:
    """The URL with the address in place of the name."""
    import httpx2

    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    base = httpx2.URL(f"{destination.scheme}://{host}:{destination.port}/")
    return base.copy_with(raw_path=destination.target.encode("ascii"))


async def _discard(response: Any) -> None:
    """Read what a polite client reads, and let go."""
    import httpx2

    size = 0
    try:
        async with asyncio.timeout(_BODY_S):
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > BODY_MAX:
                    break
    except (httpx2.HTTPError, TimeoutError):
        # It said all that matters here.
        pass
    finally:
        await response.aclose()


def _unconnected(error: BaseException | None) -> str:
    """Why there was no connection, in our words; of a certificate also what is wrong with it."""
    cause = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS as we do"
        cause = cause.__cause__ or cause.__context__
    return "there is no connection to it"
