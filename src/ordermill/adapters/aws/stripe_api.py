"""Stripe's API over HTTPS: one request, its few repeats, and what its answer says.

Not through Stripe's own package: importing that takes a third as long as the SDK with its client, and nothing that is
asked for here needs more than a form and a JSON object. urllib3 is there with the SDK.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from ordermill import __version__
from ordermill.ports.services import PaymentError, PaymentTimeout

VERSION: Final = "2024-06-20"
"""Of the API: an account's own may be any, and what is read of answers here may differ there."""
URL: Final = "https://api.stripe.com"
TRIES: Final = 3
"""At one request, the first included, as long as there is time."""
_FIRST_PAUSE_S: Final = 0.25
_CONNECTIONS: Final = 16
_LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_TEST_KEYS: Final = ("sk_test_", "rk_test_")

_random = random.Random()  # noqa: S311 - it spreads tries, and hides nothing


class StripeAnswer(NamedTuple):
    """What Stripe answered; `should_retry` is its own advice, if it gave any."""

    status: int
    body: dict[str, Any]
    request_id: str | None = None
    should_retry: str | None = None

    @property
    def error(self) -> dict[str, Any]:
        """The error, empty where there is none."""
        error = self.body.get("error")
        return error if isinstance(error, dict) else {}

    @property
    def code(self) -> str | None:
        """The error's code."""
        code = self.error.get("code")
        return code if isinstance(code, str) else None

    @property
    def intent_status(self) -> str | None:
        """How the PaymentIntent stands that was asked for, or that an error is about."""
        intent = self.body if self.body.get("object") == "payment_intent" else self.error.get("payment_intent")
        status = intent.get("status") if isinstance(intent, dict) else None
        return status if isinstance(status, str) else None

    @property
    def passes(self) -> bool:
        """Whether the same request may soon be answered otherwise."""
        if self.should_retry in ("true", "false"):
            return self.should_retry == "true"
        return self.status in (409, 429) or self.status >= 500


class StripeApi:
    """Requests that may all be repeated: by Stripe's idempotency, or because they ask for a state. Any thread may."""

    def __init__(
        self,
        key: Callable[[], str | None],
        timeout_ms: int,
        url: str = URL,
        *,
        pause: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`key` gives the secret key; `timeout_ms` is how long one payment may take, with all its requests.

        Raises ValueError if `url` is not of HTTPS; of HTTP it may be on this machine.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise ValueError("the payment gateway's URL is not of HTTPS")
        self._key, self._timeout_ms, self._url = key, timeout_ms, url.rstrip("/")
        self._pause, self._monotonic, self._tls = pause, monotonic, tls

    def deadline(self) -> float:
        """Until when a payment that begins now may take."""
        return self._monotonic() + self._timeout_ms / 1000

    @property
    def is_test(self) -> bool:
        """Whether no real money moves."""
        return self._secret().startswith(_TEST_KEYS)

    def get(self, path: str, until: float) -> StripeAnswer:
        """See `post`."""
        return self._answer("GET", path, None, {}, until)

    def post(
        self, path: str, fields: Mapping[str, str], until: float, *, idempotency_key: str | None = None
    ) -> StripeAnswer:
        """What Stripe answers, whatever that is.

        Raises PaymentTimeout without an answer by `until`, PaymentError without a connection or a key.
        """
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        return self._answer("POST", path, urlencode(fields), headers, until)

    def _answer(self, method: str, path: str, body: str | None, extra: dict[str, str], until: float) -> StripeAnswer:
        headers = {
            "authorization": f"Bearer {self._secret()}",
            "stripe-version": VERSION,
            "user-agent": f"ordermill/{__version__}",
            **extra,
        }
        for attempt in range(1, TRIES + 1):
            answer = self._once(method, path, body, headers, until)
            wait = _random.uniform(0.5, 1) * _FIRST_PAUSE_S * 2**attempt
            if isinstance(answer, StripeAnswer) and not answer.passes:
                return answer
            if attempt == TRIES or self._monotonic() + wait >= until:
                break
            self._pause(wait)
        if isinstance(answer, StripeAnswer):
            return answer
        raise PaymentError("the connection to the payment gateway broke off") from answer

    def _once(
        self, method: str, path: str, body: str | None, headers: dict[str, str], until: float
    ) -> StripeAnswer | ProtocolError:
        """The error where the connection broke off: as one does that rested, and was closed at its other end."""
        left = until - self._monotonic()
        if left <= 0:
            raise PaymentTimeout(self._timeout_ms)
        try:
            response = self._pool.request(
                method,
                f"{self._url}/v1/{path}",
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(total=left),
                retries=False,
                redirect=False,
            )
        except ProtocolError as error:
            return error
        except NewConnectionError as error:
            raise PaymentError("the payment gateway cannot be reached") from error
        except Urllib3TimeoutError as error:
            raise PaymentTimeout(self._timeout_ms) from error
        except HTTPError as error:
            raise PaymentError("the payment gateway cannot be reached") from error
        return StripeAnswer(
            response.status,
            _object(response.data),
            response.headers.get("request-id"),
            response.headers.get("stripe-should-retry"),
        )

    def _secret(self) -> str:
        key = (self._key() or "").strip()
        if not (key.isascii() and key.replace("_", "").isalnum()):
            raise PaymentError("the payment gateway is not set up: it has no key")
        return key

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        if self._tls is None:
            return urllib3.PoolManager(maxsize=_CONNECTIONS)
        return urllib3.PoolManager(maxsize=_CONNECTIONS, ssl_context=self._tls)


def _object(data: bytes) -> dict[str, Any]:
    """A JSON object, empty where it is none: then the status alone speaks."""
    try:
        body = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}
