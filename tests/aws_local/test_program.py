"""The programs themselves: what they refuse, what they say, and that they leave nothing behind however they end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Final

import pytest

from tests.aws_local.emulator import Emulator, Unusable
from tests.aws_local.stand_ins import Faults, why_not
from tests.aws_local.terraform import Terraform
from tests.e2e.server import is_running, wait_for
from tests.scenarios.scene import fault

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """One that runs."""
    emulator = Emulator(tmp_path)
    emulator.start()
    yield emulator
    emulator.stop()


def program(environment: Mapping[str, str], scratch: Path) -> subprocess.Popen[str]:
    """`python -m tests.aws_local`, with its scratch folder in another."""
    ordinary = {name: text for name, text in os.environ.items() if name not in ("PIPELINE", "KEEP")}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.aws_local"],
        cwd=ROOT,
        env={**ordinary, "TMPDIR": str(scratch), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listens(port: int) -> bool:
    """Whether anybody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_an_unknown_pipeline_is_refused(tmp_path: Path) -> None:
    with program({"PIPELINE": "queues"}, tmp_path) as running:
        _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (1, "PIPELINE is queues; it takes workflow, queue, stream\n")


def test_without_terraform_it_says_where_to_get_it(tmp_path: Path) -> None:
    with program({"PATH": str(tmp_path)}, tmp_path) as running:
        _, said = running.communicate(timeout=30)
    assert running.returncode == 1
    assert "Error: Terraform 1.11 or later is needed: https://" in said
    assert list(tmp_path.iterdir()) == []


def test_terminated_it_leaves_nothing(tmp_path: Path) -> None:
    with program({}, tmp_path) as running:
        assert running.stdout is not None
        packaged, started = running.stdout.readline(), running.stdout.readline()
        assert "packaged" in packaged
        port = int(started.rpartition(":")[2])
        assert listens(port)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    assert running.returncode == 130
    wait_for(lambda: not listens(port), "the emulator is gone")
    assert list(tmp_path.iterdir()) == []


def test_the_emulator_ends_with_whoever_started_it(tmp_path: Path) -> None:
    program_text = textwrap.dedent("""
        import pathlib, sys, time
        from tests.aws_local.emulator import Emulator
        emulator = Emulator(pathlib.Path(sys.argv[1]))
        emulator.start()
        print(emulator.port, flush=True)
        time.sleep(600)
    """)
    command = [sys.executable, "-c", program_text, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = int(running.stdout.readline())
        assert listens(port)
        running.kill()
    wait_for(lambda: not listens(port), "the emulator is gone")


def test_the_emulator_listens_on_this_machine_alone_and_on_one_port(emulator: Emulator) -> None:
    pid = emulator.pid
    inodes = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, address, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in inodes:
                listening.append(address)
    assert listening == [f"0100007F:{emulator.port:04X}"]
    emulator.stop()
    assert not is_running(pid)


def test_iam_is_enforced_by_the_emulator(emulator: Emulator) -> None:
    iam = emulator.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    with pytest.raises(Exception, match="not authorized to perform: sqs:SendMessage "):
        emulator.client_of("sqs", key["AccessKeyId"], key["SecretAccessKey"]).send_message_batch(
            QueueUrl=emulator.client("sqs").create_queue(QueueName="q")["QueueUrl"],
            Entries=[{"Id": "1", "MessageBody": "x"}],
        )


def test_what_terraform_says_of_a_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERMILL_TERRAFORM_PLUGINS", str(tmp_path))
    (tmp_path / "main.tf").write_text('resource "aws_nothing" {}\n', encoding="utf-8")
    with pytest.raises(Unusable, match=r"(?s)terraform init failed:.*ORDERMILL_TERRAFORM_PLUGINS names a folder"):
        Terraform(tmp_path, {}, tmp_path / "log").init()


def test_a_fault_that_nothing_stands_in_for_is_refused() -> None:
    class Nowhere:
        outputs: ClassVar[dict[str, object]] = {}

        def client(self, service: str) -> object:
            raise AssertionError(service)

    with pytest.raises(ValueError, match="nothing holds a call up"):
        Faults(Nowhere()).set({"payments": fault("delay", delay_ms=1)})
    assert why_not("process_order", fault("fail")) is None
