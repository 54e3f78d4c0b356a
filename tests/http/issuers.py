"""Issuers of tokens on this machine: an OpenID provider of others, and a key set of ours that can be made to fail."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.e2e.server import STOP_S, environment, free_port, wait_for

CLIENT = "ordermill"
_BACK = "http://127.0.0.1/back"


class Provider:
    """`oidc-provider-mock`, a process: it discovers, authorizes and signs as any provider does."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with log.open("wb") as opened:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port)],
                stdout=opened,
                stderr=subprocess.STDOUT,
                env=environment({"AUTHLIB_INSECURE_TRANSPORT": "1"}),
            )

    def ready(self) -> bool:
        assert self._process.poll() is None, "the provider ended"
        try:
            return httpx2.get(f"{self.url}/jwks").status_code == 200
        except httpx2.TransportError:
            return False

    def token_of(self, subject: str, *, client: str = CLIENT, **claims: object) -> str:
        """The ID token that somebody gets who signs in there, by the authorization code flow."""
        httpx2.put(f"{self.url}/users/{subject}", json=claims).raise_for_status()
        asked = {"client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": _BACK, "nonce": "n"}
        sent = httpx2.post(f"{self.url}/oauth2/authorize", params=asked, data={"sub": subject})
        (code,) = parse_qs(urlsplit(sent.headers["location"]).query)["code"]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK}
        secrets = {"client_id": client, "client_secret": "any"}
        token: str = httpx2.post(f"{self.url}/oauth2/token", data={**grant, **secrets}).json()["id_token"]
        return token

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(STOP_S)


@contextmanager
def provider(log: Path) -> Iterator[Provider]:
    """One that runs."""
    made = Provider(log)
    try:
        wait_for(made.ready, "the provider is ready", 30)
        yield made
    finally:
        made.stop()


class KeyServer:
    """Serves `answers` by path: a document, or bytes as they are, with a status; counts what is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                status, body = outer.answers.get(self.path, (404, b""))
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", data.decode())
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, *keys: dict[str, Any]) -> None:
        """These keys, discovered."""
        self.answers["/.well-known/openid-configuration"] = (200, {"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        self.answers["/keys"] = (200, {"keys": list(keys)})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
