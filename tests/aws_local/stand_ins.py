"""How faults of `PUT /faults` are caused on AWS, where there is no such route.

| fault | what is done to the deployed function |
|---|---|
| `fail` at the start | its role is denied the first thing that it does |
| `fail` after the charge | its role is denied the write that comes after the gateway's answer |
| `crash` at the start | its handler is taken away, and its queue shows a message again at once |
| `delay` at the start | its mappings rest for so long |

With `times` it lasts until it has struck, which the function's own log tells.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tests.scenarios.world import Json

POLICY: Final = "fault"
LONGER: Final = 6
"""Times as long as asked for does a delay last: all takes longer here."""
FAILED: Final = ('"outcome": "retry"', '"outcome": "dead"', '"outcome": "failed"')
"""What a function's log has where it failed."""
BEGUN: Final = ("REPORT RequestId",)
"""What it has where it was asked, whatever came of it."""
_LOOK_S: Final = 0.1
_PLAIN_WRITE: Final = {"Null": {"dynamodb:EnclosingOperation": "true"}}
"""A write that is not one of a transaction."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What a function's role is denied: `resource` is the end of an ARN."""

    function: str
    actions: tuple[str, ...]
    resource: str
    condition: Mapping[str, Any] = field(default_factory=dict)


def _tables(function: str) -> Denial:
    return Denial(function, ("dynamodb:*",), "*")


DENIALS: Final[Mapping[tuple[str, str], Denial]] = {
    ("process_order", "start"): _tables("process_order"),
    # It confirms an order together with the stock, and completes it by itself.
    ("process_order", "after-charge"): Denial(
        "process_order", ("dynamodb:UpdateItem",), "table/{prefix}-orders", _PLAIN_WRITE
    ),
    ("payments", "start"): Denial("process_order", ("dynamodb:GetItem",), "table/{prefix}-payments"),
    ("compensate_order", "start"): _tables("compensate_order"),
    ("compensate_order", "after-charge"): Denial("compensate_order", ("dynamodb:UpdateItem",), "table/{prefix}-orders"),
    ("publish_order_event", "start"): Denial("publish_order_event", ("sns:Publish",), "*"),
    ("record_order_event", "start"): _tables("record_order_event"),
    ("notify_customer", "start"): _tables("notify_customer"),
    ("send_email", "start"): _tables("send_email"),
    ("mail", "start"): Denial("send_email", ("s3:PutObject",), "*"),
    ("start_workflow", "start"): Denial("start_workflow", ("states:StartSyncExecution",), "*"),
    ("validate_order", "start"): _tables("validate_order"),
    ("create_order", "start"): _tables("create_order"),
    ("submit_order", "start"): _tables("submit_order"),
}
"""What stands in for `fail`, by the fault's name and place."""


class Cloud(Protocol):
    """What of a deployment is needed to break it."""

    def client(self, service: str) -> Any:
        """A client of an AWS service."""

    @property
    def outputs(self) -> dict[str, Any]:
        """Terraform's."""


def why_not(name: str, rule: Json) -> str | None:
    """Why nothing stands in for a fault; None if something does."""
    mode, at = rule["mode"], rule["at"]
    if name == "mail" and rule["times"] is None:
        return "a bucket that cannot be written is a mail server that is away: its mails wait, and never die"
    if mode == "fail" and (name, at) in DENIALS:
        return None
    if name == "process_order" and at == "start" and mode in ("crash", "delay"):
        return None
    if mode == "timeout":
        return "Lambda's own time-out is half a minute; the gateway's are tok_timeout and tok_timeout_once"
    if mode == "delay":
        return "nothing holds a call up"
    return f"nothing of AWS happens between what is done and {'the answer' if at == 'end' else at} that could be denied"


class Broken:
    """One fault in force; `mend` ends it, once."""

    def __init__(self, function: str, mend: Callable[[], None], struck: Sequence[str] = ()) -> None:
        """`struck`: what the function's log has once it struck; where that is nothing, nobody can tell."""
        self.function, self.since_ms, self.struck = function, int(time.time() * 1000), struck
        self._mend: Callable[[], None] | None = mend
        self._lock = threading.Lock()

    @property
    def mended(self) -> bool:
        """Whether it has ended."""
        return self._mend is None

    def mend(self) -> None:
        """End it."""
        with self._lock:
            mend, self._mend = self._mend, None
            if mend is not None:
                mend()


class Faults:
    """Breaks a deployment, and mends it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._broken: list[Broken] = []

    def set(self, rules: Mapping[str, Json]) -> None:
        """Break these and nothing else. Raises ValueError for what nothing stands in for; see `clear`."""
        self.clear()
        for name, rule in rules.items():
            if why := why_not(name, rule):
                raise ValueError(f"{name} {rule}: {why}")
            if rule["mode"] == "fail":
                broken = self._deny(DENIALS[name, rule["at"]])
            elif rule["mode"] == "crash":
                broken = self._take_handler(name)
            else:
                broken = self._rest(name)
            self._broken.append(broken)
            if rule["mode"] == "delay":
                threading.Timer(rule["delayMs"] / 1000 * LONGER, broken.mend).start()
            elif rule["times"] is not None:
                threading.Thread(target=self._mend_once_struck, args=(broken,), daemon=True).start()

    def clear(self) -> None:
        """Mend everything. Raises AssertionError if something never struck."""
        ended, self._broken = self._broken, []
        for broken in ended:
            broken.mend()
        for broken in ended:
            assert not broken.struck or self._struck(broken), f"{broken.function} was broken, and never failed"

    def _mend_once_struck(self, broken: Broken) -> None:
        while not broken.mended and not self._struck(broken):
            time.sleep(_LOOK_S)
        broken.mend()

    def _struck(self, broken: Broken) -> bool:
        """Whether the function has failed since, by its log."""
        group = f"/aws/lambda/{self._cloud.outputs['functions'][broken.function]}"
        logs = self._cloud.client("logs")
        found = logs.filter_log_events(logGroupName=group, startTime=broken.since_ms)["events"]
        return any(mark in event["message"] for event in found for mark in broken.struck)

    def _deny(self, denial: Denial) -> Broken:
        iam, role = self._cloud.client("iam"), self._role(denial.function)
        resource = denial.resource.format(prefix=self._cloud.outputs["prefix"])
        statement: Json = {"Effect": "Deny", "Action": list(denial.actions), "Resource": _arn(resource)}
        if denial.condition:
            statement["Condition"] = denial.condition
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=document)

        def mend() -> None:
            iam.delete_role_policy(RoleName=role, PolicyName=POLICY)

        return Broken(denial.function, mend, FAILED)

    def _take_handler(self, function: str) -> Broken:
        """Each process of the function ends before it begins; SQS shows a message again after a second."""
        functions, queues = self._cloud.client("lambda"), self._cloud.client("sqs")
        name = self._cloud.outputs["functions"][function]
        handler = functions.get_function_configuration(FunctionName=name)["Handler"]
        url = self._cloud.outputs["queues"]["order-queue"]
        asked = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        visibility = asked["Attributes"]["VisibilityTimeout"]
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        functions.update_function_configuration(FunctionName=name, Handler="nowhere.handler")

        def mend() -> None:
            functions.update_function_configuration(FunctionName=name, Handler=handler)
            queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": visibility})

        return Broken(function, mend, BEGUN)

    def _rest(self, function: str) -> Broken:
        """Nothing is handed to the function."""
        functions, name = self._cloud.client("lambda"), self._cloud.outputs["functions"][function]
        mappings = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        for mapping in mappings:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

        def mend() -> None:
            for mapping in mappings:
                functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

        return Broken(function, mend)

    def _role(self, function: str) -> str:
        name = self._cloud.outputs["functions"][function]
        arn: str = self._cloud.client("lambda").get_function_configuration(FunctionName=name)["Role"]
        return arn.rpartition("/")[2]


def _arn(resource: str) -> str:
    return "*" if resource == "*" else f"arn:aws:dynamodb:*:*:{resource}"
