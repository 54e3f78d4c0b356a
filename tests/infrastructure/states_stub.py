"""Answers the one question that the provider asks of AWS while it plans: whether a state machine is well formed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_VALID: Final = json.dumps({"result": "OK", "diagnostics": []}).encode()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = self.headers.get("X-Amz-Target", "")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        known = asked == "AWSStepFunctions.ValidateStateMachineDefinition"
        body = _VALID if known else json.dumps({"message": f"{asked} is not answered here"}).encode()
        self.send_response(200 if known else 400)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def states_stub() -> Iterator[dict[str, str]]:
    """Serve it, and give the environment in which the provider asks it and not AWS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield {"AWS_ENDPOINT_URL_SFN": f"http://127.0.0.1:{server.server_port}"}
        finally:
            server.shutdown()
            thread.join()
