"""A deployment's site on this machine: files as CloudFront serves them, the API behind, and an issuer with a page."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from ordermill.entrypoints.packaging.manifest import SiteFile
from ordermill.entrypoints.packaging.site_files import DEPLOYMENT, build_site
from ordermill.topology.loader import load
from ordermill.topology.views import routes
from tests.unit.sign_in.tokens import EC, public, token

CLIENT: Final = "console"
WHO: Final = "ada@example.org"
_PAGE: Final = b'<!doctype html><title>Login</title><h1>Login</h1><form method="post"><button>I am Ada</button></form>'
_HOP_BY_HOP: Final = frozenset({"host", "origin", "referer", "connection", "accept-encoding", "content-length"})


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class _Listening:
    """Serves with `handler` until it is closed."""

    def __init__(self, handler: type[_Quiet]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Issuer(_Listening):
    """One page, where whoever presses the button is Ada; codes are swapped for who proves to have asked for them.

    `groups` are hers in the next token, `lives_s` is how long that is good.
    """

    def __init__(self) -> None:
        self.groups, self.lives_s = ["staff"], 3600
        self.grants: list[str] = []
        self._codes: dict[str, str] = {}
        outer = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                at = urlsplit(self.path)
                if at.path == "/.well-known/openid-configuration":
                    self._json({"issuer": outer.url, "jwks_uri": f"{outer.url}/keys"})
                elif at.path == "/keys":
                    self._json({"keys": [public(EC, "ec")]})
                elif at.path == "/logout":
                    (back,) = parse_qs(at.query)["logout_uri"]
                    self.answer(302, Location=back)
                else:
                    self.answer(200, _PAGE, Content_Type="text/html")

            def do_POST(self) -> None:
                at, sent = urlsplit(self.path), self.body().decode()
                if at.path == "/authorize":
                    self.answer(303, Location=outer.code(dict(parse_qs(at.query))))
                elif at.path == "/revoke":
                    self.answer(200, Access_Control_Allow_Origin="*")
                else:
                    made = outer.swapped({name: text[0] for name, text in parse_qs(sent).items()})
                    self._json(made or {"error": "invalid_grant"}, 200 if made else 400)

            def _json(self, value: object, status: int = 200) -> None:
                headers = {"Content_Type": "application/json", "Access_Control_Allow_Origin": "*"}
                self.answer(status, json.dumps(value).encode(), **headers)

        super().__init__(Handler)

    def code(self, asked: Mapping[str, list[str]]) -> str:
        """Where the browser goes on, with a code."""
        assert asked["code_challenge_method"] == ["S256"]
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked["code_challenge"][0]
        return f"{asked['redirect_uri'][0]}?{urlencode({'code': code, 'state': asked['state'][0]})}"

    def swapped(self, sent: Mapping[str, str]) -> dict[str, Any] | None:
        """Tokens for a code or a refresh token; None where it is not good."""
        self.grants.append(sent["grant_type"])
        if sent["grant_type"] == "authorization_code":
            digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
            challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
            if self._codes.pop(sent["code"], None) != challenge:
                return None
        elif sent.get("refresh_token") != "refresh":
            return None
        common: dict[str, Any] = {"iss": self.url, "aud": CLIENT, "sub": "ada"}
        return {
            "access_token": token(EC, "ec", "ES256", **common, groups=self.groups),
            "id_token": token(EC, "ec", "ES256", **common, email=WHO),
            "refresh_token": "refresh",
            "token_type": "Bearer",
            "expires_in": self.lives_s,
        }


class Site(_Listening):
    """The files of `site.json` where CloudFront has them, every view of the console its page; else what AWS answers."""

    def __init__(self, folder: Path, api: str, issuer: str) -> None:
        files, views = build_site(folder), json.loads((folder / "views.json").read_bytes())
        shown = re.compile("|".join(re.sub(r":\w+", "[^/]+", view) for view in views))
        by_path = {each.path: each for each in files.values()}
        outer = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == DEPLOYMENT:
                    self.answer(200, outer.deployment(issuer), Content_Type="application/json")
                elif path.startswith("/console"):
                    self._file(by_path["/console"] if shown.fullmatch(path) else None)
                elif path in by_path or path.startswith("/assets/"):
                    self._file(by_path.get(path))
                else:
                    self._api()

            def do_POST(self) -> None:
                self._api()

            def _file(self, found: SiteFile | None) -> None:
                if found is None:
                    self.answer(404)
                    return
                policy = found.content_security_policy or ""
                if found.path == "/console":
                    policy += f"; connect-src 'self' {issuer}"
                headers = {"Content_Type": found.content_type, "Cache_Control": found.cache_control}
                told = {"Content_Security_Policy": policy} if policy else {}
                self.answer(200, (folder / found.file).read_bytes(), **headers, **told)

            def _api(self) -> None:
                path = urlsplit(self.path).path
                if not any(pattern.fullmatch(path) for pattern in _DEPLOYED):
                    self.answer(404, b'{"message": "Not Found"}', Content_Type="application/json")
                    return
                kept = {name: text for name, text in self.headers.items() if name.lower() not in _HOP_BY_HOP}
                kept = {name: text for name, text in kept.items() if not name.lower().startswith("sec-")}
                got = httpx2.request(self.command, f"{api}{self.path}", headers=kept, content=self.body())
                self.answer(got.status_code, got.content, Content_Type=got.headers.get("content-type", ""))

        super().__init__(Handler)

    def deployment(self, issuer: str) -> bytes:
        """What Terraform writes; see infrastructure/site.tf."""
        sign_in = {
            "issuer": issuer,
            "clientId": CLIENT,
            "scope": "openid email",
            "back": f"{self.url}/console",
            "page": f"{issuer}/authorize",
            "token": f"{issuer}/token",
            "revoke": f"{issuer}/revoke",
            "signOut": f"{issuer}/logout",
        }
        place = {"name": "ordermill", "region": "eu-west-1", "pipeline": "workflow", "dashboard": None}
        return json.dumps({**place, "home": self.url, "signIn": sign_in}).encode()


_DEPLOYED: Final = [
    re.compile(re.sub(r"{\w+}", "[^/]+", entry.path))
    for entry in routes(load(), "workflow")
    if entry.where == "both" and entry.function is not None
]
