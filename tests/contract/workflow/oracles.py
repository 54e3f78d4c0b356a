"""The oracles: other interpreters of the same language, each in an environment of its own, asked all cases at once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ordermill.runtime.workflow.execution import Execution
from tests.unit.workflow.workflow_kit import Script

ORACLES: Final = ("moto", "ministack")
ROOT: Final = Path(__file__).parents[3]
FUNCTION: Final = "arn:aws:lambda:us-east-1:123456789012:function:"
LONGEST_S: Final = 300


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A machine with `${q}` and `${t}` where it names the oracle's own queue and topic.

    Tasks in `script` are answered from it; the others do what they do. `functions` are the Lambda functions there are.
    """

    key: str
    definition: str
    input: Any
    script: Script
    functions: list[str] = []


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: how it ended, by which states, and the messages that its queue and topic then had."""

    status: str
    output: Any = None
    error: str | None = None
    cause: str | None = None
    states: list[str] = []
    sent: list[str] = []
    published: list[str] = []

    @property
    def line(self) -> str:
        """How it ended, in a line."""
        return _line(self.status, self.error, self.output, self.states)


def line(run: Execution) -> str:
    """How our execution ended, in the same words."""
    return _line(run.status, run.error, run.output, list(dict.fromkeys(event.name for event in run.history)))


def _line(status: str, error: str | None, output: Any, states: Sequence[str]) -> str:
    end = json.dumps(output, sort_keys=True, ensure_ascii=False) if status == "SUCCEEDED" else str(error)
    way = ">".join(states) or "nothing"
    return f"{status} {end if len(end) <= 80 else f'{end[:60]}… of {len(end)}'} by {way}"


def question(key: str, document: dict[str, Any], given: Any, script: Script) -> Question:
    """The question that a case is, in the oracles' words: with whole ARNs and answers."""
    definition = json.dumps(document)
    for name in ("f", "g", "validate_order", "create_order"):
        definition = definition.replace(f"${{{name}}}", FUNCTION + name)
    states = document["States"]
    functions = [name for name, state in states.items() if str(state.get("Resource")).endswith("lambda:invoke")]
    answers = {name: [_answer(each, called=name in functions) for each in script[name]] for name in script}
    return Question(key=key, definition=definition, input=given, script={name: [] for name in functions} | answers)


def called(key: str, document: dict[str, Any], given: Any, functions: list[str]) -> Question:
    """The question that a case is where its functions are called indeed."""
    definition = json.dumps(document)
    for name in functions:
        definition = definition.replace(f"${{{name}}}", name)
    return Question(key=key, definition=definition, input=given, script={}, functions=functions)


def _answer(answer: dict[str, Any], *, called: bool) -> dict[str, Any]:
    if "Hang" in answer:
        return {"Throw": {"Error": "States.Timeout", "Cause": "no answer"}}
    if "Return" in answer and called:
        return {"Return": {"ExecutedVersion": "$LATEST", "Payload": answer["Return"], "StatusCode": 200}}
    return answer


def python(oracle: str) -> Path:
    """The Python of the oracle's environment, whether it is there or not."""
    return Path(os.environ.get("ORDERMILL_ORACLES", ROOT / ".oracles")) / oracle / "bin" / "python"


class Inquiry:
    """The cases on their way through all oracles at once."""

    def __init__(self, questions: Sequence[Question], oracles: Sequence[str] = ORACLES) -> None:
        self._questions = msgspec.json.encode({"cases": questions})
        self._running = {oracle: self._begun(oracle) for oracle in oracles if python(oracle).exists()}
        self._told: dict[str, list[Told]] = {}

    def told(self, oracle: str) -> list[Told] | None:
        """What the oracle says of each question; None if it is not installed."""
        if oracle in self._running and oracle not in self._told:
            process = self._running[oracle]
            out, err = process.communicate(timeout=LONGEST_S)
            assert process.returncode == 0, err.decode()[-4000:]
            self._told[oracle] = msgspec.json.decode(out, type=list[Told])
        return self._told.get(oracle)

    def close(self) -> None:
        """Ends what is still running."""
        for process in self._running.values():
            process.kill()
            process.communicate()

    def _begun(self, oracle: str) -> subprocess.Popen[bytes]:
        program = Path(__file__).with_name(f"oracle_{oracle}.py")
        process = subprocess.Popen(
            [python(oracle), program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin is not None
        # It reads all before it writes anything.
        process.stdin.write(self._questions)
        process.stdin.close()
        process.stdin = None
        return process
