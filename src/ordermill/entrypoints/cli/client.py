"""Ordermill's HTTP API as the command line uses it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from ordermill import __version__
from ordermill.adapters.local.data_dir import STAFF_FILE
from ordermill.entrypoints.cli.answers import (
    ActionResults,
    ErasureStep,
    ExecutionSeen,
    Faults,
    ImageSeen,
    Imported,
    ImportReport,
    Letters,
    OrderDetail,
    OrderSeen,
    Placed,
    Problem,
    Products,
    Redriven,
    ReportMade,
    SignInLink,
    Subscribers,
)
from ordermill.entrypoints.cli.failures import Misuse, Refused, Unreachable
from ordermill.entrypoints.cli.render import clean
from ordermill.runtime.faults import RuleState

T = TypeVar("T")
_STAFF_TOKEN = "ORDERMILL_STAFF_TOKEN"  # noqa: S105


class Reply(msgspec.Struct, frozen=True):
    """One answer; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, type_: type[T]) -> T:
        """The JSON body as `type_`. Raises Unreachable if it is something else, so not Ordermill's."""
        try:
            return msgspec.json.decode(self.body, type=type_)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Unreachable(f"What answers at {self.url} does not seem to be Ordermill.") from None


class Client:
    """One server, over kept-alive connections; may be used by several threads. Close it, or use `with`.

    Every method raises Unreachable where nothing (or not Ordermill) answers within `timeout` seconds, and Refused
    for any answer that is not a success.
    """

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        import httpx2

        self.url = url
        host = urlsplit(url).hostname or ""
        local = host in ("localhost", "::1") or host.startswith("127.")
        headers = {"User-Agent": f"ordermill/{__version__}"}
        # A proxy cannot reach this machine's loopback.
        self._http = httpx2.Client(base_url=url, timeout=timeout, trust_env=not local, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def place(self, body: Mapping[str, Any], key: str | None = None) -> tuple[Placed, Reply]:
        """POST /orders, with an Idempotency-Key if given."""
        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        reply = self.send("POST", "/orders", json.dumps(body).encode(), headers)
        return reply.read(Placed), reply

    def upload(self, picture: bytes, description: str | None) -> ImageSeen:
        """POST /images."""
        body = {"image": base64.b64encode(picture).decode("ascii"), "description": description}
        reply = self.send("POST", "/images", json.dumps(body).encode(), {"Content-Type": "application/json"})
        return reply.read(ImageSeen)

    def order(self, order_id: str, token: str) -> tuple[OrderSeen, Reply]:
        """GET /orders/{orderId} as its holder."""
        reply = self.send("GET", f"/orders/{quote(order_id, safe='')}", headers={"Order-Token": token})
        return reply.read(OrderSeen), reply

    def execution(self, order_id: str, token: str) -> tuple[ExecutionSeen, Reply]:
        """GET /orders/{orderId}/execution as staff."""
        headers = {"Authorization": f"Bearer {token}"}
        reply = self.send("GET", f"/orders/{quote(order_id, safe='')}/execution", headers=headers)
        return reply.read(ExecutionSeen), reply

    def order_for_staff(self, order_id: str, token: str) -> tuple[OrderDetail, Reply]:
        """GET /orders/{orderId} as staff."""
        reply = self.send("GET", f"/orders/{quote(order_id, safe='')}", headers={"Authorization": f"Bearer {token}"})
        return reply.read(OrderDetail), reply

    def edit(
        self, order_id: str, patch: Mapping[str, Any], etag: str, reason: str | None, token: str
    ) -> tuple[OrderDetail, Reply]:
        """PATCH /orders/{orderId}, as it was read with this ETag."""
        query = f"?{urlencode({'reason': reason})}" if reason else ""
        headers = {
            "Content-Type": "application/merge-patch+json",
            "Authorization": f"Bearer {token}",
            "If-Match": etag,
        }
        path = f"/orders/{quote(order_id, safe='')}{query}"
        reply = self.send("PATCH", path, json.dumps(patch).encode(), headers)
        return reply.read(OrderDetail), reply

    def act(self, body: Mapping[str, Any], token: str) -> tuple[ActionResults, Reply]:
        """POST /orders/actions."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        reply = self.send("POST", "/orders/actions", json.dumps(body).encode(), headers)
        return reply.read(ActionResults), reply

    def import_orders(self, csv: bytes, first_row: int, key: str, token: str) -> tuple[ImportReport, Reply]:
        """POST /orders/import, of a file in which the first row after the header has this number."""
        headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}", "Idempotency-Key": key}
        reply = self.send("POST", f"/orders/import?firstRow={first_row}", csv, headers)
        return reply.read(ImportReport), reply

    def products(self) -> tuple[Products, Reply]:
        """GET /products."""
        reply = self.send("GET", "/products")
        return reply.read(Products), reply

    def import_catalogue(self, csv: bytes, token: str) -> int:
        """PUT /catalogue; how many products were imported."""
        headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {token}"}
        return self.send("PUT", "/catalogue", csv, headers).read(Imported).imported

    def create_report(self, since: str, until: str, token: str) -> tuple[ReportMade, Reply]:
        """POST /reports."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        reply = self.send("POST", "/reports", json.dumps({"from": since, "to": until}).encode(), headers)
        return reply.read(ReportMade), reply

    def erase(self, customer: str, cursor: str | None, token: str) -> ErasureStep:
        """POST /erasures, one step."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        body = json.dumps({"customer": customer, "cursor": cursor}).encode()
        return self.send("POST", "/erasures", body, headers).read(ErasureStep)

    def fetch(self, url: str) -> bytes:
        """What a link of the server's leads to, wherever that is; no token goes there."""
        return self.send("GET", url).body

    def dead_letters(self, token: str, limit: int, queue: str | None) -> tuple[Letters, Reply]:
        """GET /dead-letters, one page."""
        query = urlencode({"limit": limit, **({"queue": queue} if queue else {})})
        reply = self.send("GET", f"/dead-letters?{query}", headers={"Authorization": f"Bearer {token}"})
        return reply.read(Letters), reply

    def redrive(self, body: Mapping[str, Any], token: str) -> tuple[Redriven, Reply]:
        """POST /dead-letters/redrive."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        reply = self.send("POST", "/dead-letters/redrive", json.dumps(body).encode(), headers)
        return reply.read(Redriven), reply

    def sign_in_link(self, token: str) -> tuple[SignInLink, Reply]:
        """POST /sign-in/links."""
        reply = self.send("POST", "/sign-in/links", headers={"Authorization": f"Bearer {token}"})
        return reply.read(SignInLink), reply

    def subscriptions(self, token: str, limit: int, status: str | None) -> tuple[Subscribers, Reply]:
        """GET /subscriptions, one page."""
        query = urlencode({"limit": limit, **({"status": status} if status else {})})
        reply = self.send("GET", f"/subscriptions?{query}", headers={"Authorization": f"Bearer {token}"})
        return reply.read(Subscribers), reply

    def faults(self, token: str) -> tuple[Faults, Reply]:
        """GET /faults."""
        reply = self.send("GET", "/faults", headers={"Authorization": f"Bearer {token}"})
        return reply.read(Faults), reply

    def put_faults(self, rules: Mapping[str, RuleState], token: str) -> tuple[Faults, Reply]:
        """PUT /faults: these, and no others."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        reply = self.send("PUT", "/faults", msgspec.json.encode(rules), headers)
        return reply.read(Faults), reply

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request, as it comes: raises Refused unless the status is 2xx."""
        reply = self.exchange(method, path, body, headers)
        if not 200 <= reply.status < 300:
            raise Refused(_refusal(reply), reply.status)
        return reply

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request and its answer, whatever its status. Raises Unreachable."""
        with self._reaching(method):
            response = self._http.request(method, path, content=body, headers=dict(headers or {}))
        return Reply(self.url, response.status_code, response.headers, response.content)

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str], *, silence_s: float) -> Iterator[Iterator[bytes]]:
        """GET a body that comes piece by piece. Raises Unreachable too where it is cut, or silent for `silence_s`."""
        import httpx2

        timeout = httpx2.Timeout(self._http.timeout.connect, read=silence_s)
        with (
            self._reaching("GET"),
            self._http.stream("GET", path, headers=dict(headers), timeout=timeout) as response,
        ):
            if response.status_code != 200:
                reply = Reply(self.url, response.status_code, response.headers, response.read())
                raise Refused(_refusal(reply), reply.status)
            yield response.iter_raw()

    @contextmanager
    def _reaching(self, method: str) -> Iterator[None]:
        """Raises Unreachable where the connection fails, Misuse for an address that is none."""
        import httpx2

        try:
            yield
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Unreachable(f"Nothing answers at {self.url} ({error}).\nStart it with: ordermill up") from None
        except httpx2.InvalidURL as error:
            raise Misuse(f"{self.url} is not an address: {error}") from None
        except httpx2.TransportError as error:
            why = str(error) or type(error).__name__
            hint = (
                ""
                if method == "GET"
                else "\nIt may have done it all the same: repeating it with the same --key is safe."
            )
            raise Unreachable(f"{self.url} took the request but gave no answer ({why}).{hint}") from None


def staff_token(data: Path) -> str:
    """The staff token: ORDERMILL_STAFF_TOKEN, else the file `staff-token` in the data directory.

    Raises Failure (exit code 2) where there is none, or none that a header can carry.
    """
    token, source = os.environ.get(_STAFF_TOKEN, "").strip(), _STAFF_TOKEN
    if not token:
        source = str(data / STAFF_FILE)
        try:
            token = (data / STAFF_FILE).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a text"
            raise Misuse(
                f"There is no staff token: {_STAFF_TOKEN} is not set, and {source}: {why}.\n"
                "Set it, or name the server's data directory with --data."
            ) from None
    if not token or not all("!" <= char <= "~" for char in token):
        raise Misuse(f"The staff token in {source} is empty or has characters that no token has.")
    return token


def told_lines(problem: Problem, whole: str = "(the body)") -> list[str]:
    """What a problem says, a line for each wrong member; one that is about all of it names the `whole`."""
    lines = [f"{clean(problem.title)} ({problem.status}): {clean(problem.detail)}".removesuffix(": ")]
    return lines + [f"  {clean(wrong.pointer) or whole}: {clean(wrong.detail)}" for wrong in problem.errors]


def _refusal(reply: Reply) -> str:
    try:
        problem = msgspec.json.decode(reply.body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return f"{reply.url} answered {reply.status}, without saying why. Is that Ordermill?"
    lines = told_lines(problem)
    if (after := reply.headers.get("retry-after", "")).isdigit():
        lines.append(f"Try again in {after} s.")
    if reply.status == 401:
        lines.append(f"Check {_STAFF_TOKEN}, or that --data is the data directory of the server at {reply.url}.")
    return "\n".join(lines)
