"""The AWS emulator as a process group of its own; what it holds is in memory, and gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx2
from botocore.config import Config
from botocore.session import Session

from tests.e2e.server import free_port

ACCOUNT: Final = "123456789012"
SECRET: Final = "emulated"
REGION: Final = "eu-central-1"
START_S: Final = 30
_PROGRAM: Final = Path(__file__).with_name("emulator_server.py")
_ROOT: Final = Path(__file__).parents[2]


class Unusable(Exception):
    """What is needed is not there or does not work; the text says what, and what to do."""


def interpreter() -> Path:
    """The Python of the emulator's own environment, whether it is there or not."""
    return Path(os.environ.get("ORDERMILL_ORACLES", _ROOT / ".oracles")) / "ministack" / "bin" / "python"


class Emulator:
    """One emulator, which enforces IAM. Its files are in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.port, self.log = free_port(), directory / "emulator.log"
        self._scratch = directory / "emulator"
        self._process: subprocess.Popen[bytes] | None = None
        self._session = Session()
        self._clients: dict[str, Any] = {}

    @property
    def endpoint(self) -> str:
        """Where all services are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def access(self) -> dict[str, str]:
        """What whoever uses it needs in the environment: an access key of twelve digits is that account's root."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> None:
        """Start it and wait until it answers. Raises Unusable."""
        if not interpreter().exists():
            raise Unusable(f"the emulator is not installed at {interpreter()}; `make oracles` installs it")
        self._scratch.mkdir()
        command = [str(interpreter()), str(_PROGRAM), str(self.port)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=self._environment(),
                cwd=self._scratch,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        by = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > by:
                raise Unusable(f"the emulator did not start:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and every function's process."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    @property
    def pid(self) -> int:
        """The id of its process, which leads the group of all functions' processes."""
        assert self._process is not None, "the emulator was not started"
        return self._process.pid

    def client(self, service: str) -> Any:
        """A client of one of its services, with every right."""
        if service not in self._clients:
            self._clients[service] = self.client_of(service, ACCOUNT, SECRET)
        return self._clients[service]

    def client_of(self, service: str, key: str, secret: str) -> Any:
        """A client with the rights of an access key."""
        return self._session.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(inject_host_prefix=False, max_pool_connections=32),
        )

    def http(self, url: str) -> httpx2.Client:
        """A client of what it serves under a URL's host, which is known to nobody else, or not known to be here."""
        host = httpx2.URL(url).netloc.decode("ascii")
        return httpx2.Client(base_url=self.endpoint, headers={"Host": host}, timeout=35)

    def log_tail(self, lines: int = 30) -> str:
        """The end of what it printed."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.endpoint}/_ministack/health", timeout=5).is_success
        except httpx2.TransportError:
            return False

    def _environment(self) -> dict[str, str]:
        """Its whole environment, which every function inherits: nothing of this machine's is in it."""
        return {
            "PATH": os.defpath,
            "HOME": str(self._scratch),
            "TMPDIR": str(self._scratch),
            "STATE_DIR": str(self._scratch / "state"),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            # The host of the APIs' names.
            "MINISTACK_HOST": "localhost",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_WARM_TTL_SECONDS": "30",
            "AWS_ENDPOINT_URL": self.endpoint,
        }
