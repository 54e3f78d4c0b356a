"""Where the system is deployed, what its parts are called there, and the clients that reach them."""

from __future__ import annotations

import threading
from typing import Any, Final

from botocore.config import Config
from botocore.session import Session

_CONNECT_S: Final = 2
_READ_S: Final = 2
_ATTEMPTS: Final = 3
"""Of a call that is throttled or goes unanswered, the first included; between them the SDK waits, with jitter. All of
them together take less than the shortest time that a function has."""
_LABELS_READ_S: Final = 8
"""Looking at a picture takes a second or two."""
_SYNC_READ_S: Final = 27
"""Longer than a workflow may take."""
_CONNECTIONS: Final = 32


class Deployment:
    """One deployment: `prefix` begins every name, `account` is the AWS account's id.

    Clients are made when they are first asked for, all on one session, and are safe in threads. Where the environment
    names an endpoint (`AWS_ENDPOINT_URL`), they all go there.
    """

    def __init__(
        self, prefix: str, region: str, account: str, *, emulated: bool = False, session: Session | None = None
    ) -> None:
        """`emulated`: the endpoint is one host for everything, with no others beside it."""
        self.prefix, self.region, self.account = prefix, region, account
        self._emulated, self._session = emulated, session
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of a service, named as the SDK names it."""
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service)
                if client is None:
                    client = self._clients[service] = self._made(service)
        return client

    def name(self, resource: str) -> str:
        """What a table, queue, topic, function or state machine of `topology.json` is called there."""
        return f"{self.prefix}-{resource}"

    def bucket(self, resource: str) -> str:
        """What a bucket is called: names of buckets are shared by the whole world."""
        return f"{self.prefix}-{self.account}-{self.region}-{resource}"

    def parameter(self, secret: str) -> str:
        """What a secret is called in the parameter store."""
        return f"/{self.prefix}/{secret}"

    def queue_url(self, queue: str) -> str:
        """The URL of a queue, which messages are sent to."""
        endpoint: str = self.client("sqs").meta.endpoint_url
        return f"{endpoint.rstrip('/')}/{self.account}/{self.name(queue)}"

    def topic_arn(self, topic: str) -> str:
        """The ARN of a topic."""
        return f"arn:aws:sns:{self.region}:{self.account}:{self.name(topic)}"

    def state_machine_arn(self, workflow: str) -> str:
        """The ARN of a workflow's state machine."""
        return f"arn:aws:states:{self.region}:{self.account}:stateMachine:{self.name(workflow)}"

    def _made(self, service: str) -> Any:
        if self._session is None:
            self._session = Session()
        return self._session.create_client(service, region_name=self.region, config=self._config(service))

    def _config(self, service: str) -> Config:
        if service == "stepfunctions":
            # Asking again would begin another execution. Its host has a prefix of its own, but for an emulator's.
            return Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_SYNC_READ_S,
                retries={"total_max_attempts": 1, "mode": "standard"},
                inject_host_prefix=not self._emulated,
            )
        # Links are signed as every region takes it; one host for everything has no buckets in its name.
        s3 = {"addressing_style": "path" if self._emulated else "virtual"} if service == "s3" else None
        return Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_LABELS_READ_S if service == "rekognition" else _READ_S,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            signature_version="s3v4" if service == "s3" else None,
            s3=s3,
        )
