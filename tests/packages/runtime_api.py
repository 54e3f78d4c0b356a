"""Lambda's runtime API, as a function meets it that brings its runtime along: one invocation, and what came of it."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_WAIT_S = 30
_HEADERS = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "request-1",
    "Lambda-Runtime-Deadline-Ms": "9999999999999",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:ordermill-get_products",
    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
}
"""What Lambda sends with every invocation; its own client needs them all."""


def answered(task: Path, handler: str, event: Any, **environment: str) -> Any:
    """What the function unpacked in `task` answers to `event`, its `bootstrap` started as an emulator starts it."""
    api = _Api(event)
    given = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_address[1]}", "_HANDLER": handler}
    start = task / "bootstrap"
    start.chmod(0o755)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    process = subprocess.Popen(
        [str(start)], cwd=task, env={**given, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        came = api.answered.wait(_WAIT_S)
    finally:
        process.kill()
        said = process.communicate()[0].decode()
        api.shutdown()
        api.server_close()
    assert came, said
    path, body = api.answers[0]
    assert path.endswith("/invocation/request-1/response"), (path, body, said)
    return body


class _Api(ThreadingHTTPServer):
    """On a free port; `answers` are (path, body)."""

    daemon_threads = True

    def __init__(self, event: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.event = json.dumps(event).encode()
        self.answers: list[tuple[str, Any]] = []
        self.answered, self.over = threading.Event(), threading.Event()


class _Exchange(BaseHTTPRequestHandler):
    """One request of the runtime."""

    server: _Api

    def do_GET(self) -> None:
        """The invocation; whoever asks for another one waits."""
        if self.server.answers:
            self.server.over.wait(_WAIT_S)
            return
        self.send_response(200)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.event)))
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self) -> None:
        """What came of it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append((self.path, json.loads(body)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answered.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
