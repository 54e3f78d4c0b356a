"""Serves ministack over TLS: a program for the Python of ministack's own environment.

Arguments: the port, and a file that its certificate is written to, the key beside it as `.key`. It ends, and all that
it started, when its standard input does: then whoever started it is gone. What it is told otherwise is in the
environment, see `emulator.py`.

What ministack does otherwise than AWS, where it matters here, is mended; see `MENDS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import os
import resource
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

ADDRESS = "127.0.0.1"
NAMES = ("localhost", "*.execute-api.localhost", "*.s3.localhost")


def write_certificate(path: Path) -> Path:
    """A certificate for this machine alone, valid for a day; its key's file."""
    x509, oid = import_module("cryptography.x509"), import_module("cryptography.x509.oid")
    ec = import_module("cryptography.hazmat.primitives.asymmetric.ec")
    primitives: Any = import_module("cryptography.hazmat.primitives")
    encoding = import_module("cryptography.hazmat.primitives.serialization")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, "ordermill aws-local")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [x509.DNSName(each) for each in NAMES] + [x509.IPAddress(ipaddress.ip_address(ADDRESS))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, primitives.hashes.SHA256())
    )
    file = path.with_suffix(".key")
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(encoding.Encoding.PEM, encoding.PrivateFormat.PKCS8, encoding.NoEncryption()))
    path.write_bytes(made.public_bytes(encoding.Encoding.PEM))
    return file


def look_for_keys_over_tls() -> None:
    """The keys of a user pool: it looks for them over plain HTTP even when it speaks TLS."""
    gateway: Any = import_module("ministack.services.apigateway")
    keys_at = gateway._resolve_jwks_url

    async def over_tls(authorizer: Any) -> Any:
        url = await keys_at(authorizer)
        return url and url.replace("http://localhost:", "https://localhost:")

    gateway._resolve_jwks_url = over_tls


def tell_where_redriven_from() -> None:
    """A queue's consumer is told which queue a message was redriven from."""
    mappings: Any = import_module("ministack.services.lambda_svc")
    run_batch = mappings._run_sqs_batch

    def with_origin(esm: Any, function: Any, event: Any, batch: Any, *queue: Any) -> None:
        sources = {each["id"]: each.get("sys", {}).get("DeadLetterQueueSourceArn") for each in batch}
        for record in event["Records"]:
            if sources.get(record["messageId"]):
                record["attributes"]["DeadLetterQueueSourceArn"] = sources[record["messageId"]]
        run_batch(esm, function, event, batch, *queue)

    mappings._run_sqs_batch = with_origin


def come_again_with_records_that_failed() -> None:
    """Change records that a stream's consumer answers as failed come again: with their whole batch, but they come."""
    mappings: Any = import_module("ministack.services.lambda_svc")
    execute = mappings._execute_function

    def heeded(function: Any, event: Any) -> Any:
        result = execute(function, event)
        body, records = result.get("body"), event.get("Records", []) if isinstance(event, dict) else []
        streamed = any(record.get("eventSource") == "aws:dynamodb" for record in records)
        if streamed and isinstance(body, dict) and body.get("batchItemFailures"):
            return {**result, "error": True}
        return result

    mappings._execute_function = heeded


def invite_with_longer_passwords() -> None:
    """The password that a user is invited with is as long as a pool may want it."""
    users: Any = import_module("ministack.services.cognito")
    password = users._generate_temp_password
    users._generate_temp_password = lambda: password() + password()


def allow_batches_as_single_requests() -> None:
    """IAM has no actions for batches of messages: who may send one may send ten."""
    actions: Any = import_module("ministack.core.iam_actions")
    action_of = actions.extract_iam_action

    def single(service: str, *request: Any) -> Any:
        action = action_of(service, *request)
        return action.removesuffix("Batch") if action and service in ("sqs", "sns") else action

    actions.extract_iam_action = single


def reach_the_api_behind_cloudfront() -> None:
    """Its name here has a port, and is one that only browsers and curl know for this machine's."""
    edge: Any = import_module("ministack.services.cloudfront")
    target_of = edge._origin_connect_target

    def here(origin: Any, viewer_is_https: bool) -> Any:
        host, port, tls = target_of(origin, viewer_is_https)
        name, _, own = host.partition(":")
        return (ADDRESS, int(own), tls) if name.endswith(".localhost") and own else (host, port, tls)

    edge._origin_connect_target = here


MENDS = (
    reach_the_api_behind_cloudfront,
    look_for_keys_over_tls,
    tell_where_redriven_from,
    come_again_with_records_that_failed,
    invite_with_longer_passwords,
    allow_batches_as_single_requests,
)
"""What ministack 1.5.33 is taught of AWS."""


def end_with_parent() -> None:
    """Kill this process group, the functions' processes with it, once standard input ends."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Serves until it is told to stop."""
    port, certificate = int(sys.argv[1]), Path(sys.argv[2])
    end_with_parent()
    # Every function is a process with three pipes and a socket.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = import_module("hypercorn.config").Config()
    config.bind, config.keep_alive_timeout, config.loglevel = [f"{ADDRESS}:{port}"], 75, "WARNING"
    # Many requests in one connection may lose an answer.
    config.alpn_protocols = ["http/1.1"]
    config.keyfile, config.certfile = str(write_certificate(certificate)), str(certificate)
    os.environ.update(MINISTACK_SSL_CERT=config.certfile, MINISTACK_SSL_KEY=config.keyfile)
    application = import_module("ministack.app").app
    for mend in MENDS:
        mend()
    asyncio.run(import_module("hypercorn.asyncio").serve(application, config))


if __name__ == "__main__":
    main()
