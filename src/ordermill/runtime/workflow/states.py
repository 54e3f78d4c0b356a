"""Reads one state, by its type."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ordermill.runtime.workflow import fields
from ordermill.runtime.workflow.errors import RESERVED
from ordermill.runtime.workflow.members import MISSING, Members, constant
from ordermill.runtime.workflow.model import (
    Choice,
    Fail,
    Kind,
    Pass,
    Resource,
    State,
    Succeed,
    Task,
    Template,
)
from ordermill.runtime.workflow.paths import Path
from ordermill.runtime.workflow.placeholders import PLACEHOLDER
from ordermill.runtime.workflow.retries import LONGEST_S
from ordermill.runtime.workflow.rules import OPERATORS, And, DataTest, Not, Or, Rule, unfit
from ordermill.topology.findings import Finding, pointer, suggestion

INTEGRATIONS: Final[dict[str, tuple[Kind, str, str]]] = {
    "arn:aws:states:::lambda:invoke": ("function", "FunctionName", "Payload"),
    "arn:aws:states:::sqs:sendMessage": ("queue", "QueueUrl", "MessageBody"),
    "arn:aws:states:::sns:publish": ("topic", "TopicArn", "Message"),
}
"""What a Task's Resource may be: which kind of resource it asks, and the parameters that name it and that are sent."""

_HINTS: Final = {
    "Assign": "variables are not known here: hand the value on in the state's output",
    "Arguments": "JSONata is not known here: write Parameters",
    "Credentials": "another account's roles are not known here: remove it",
    "End": "write one of Next and End, where the type has them",
    "HeartbeatSeconds": "heartbeats are not known here: write TimeoutSeconds",
    "Output": "JSONata is not known here: write ResultSelector, ResultPath or OutputPath",
    "QueryLanguage": "remove it: every state is read with JSONPath",
    "TimeoutSecondsPath": "write TimeoutSeconds: the longest time must be known before",
}
_TYPES_CURE: Final = "write one of: Task, Choice, Pass, Succeed, Fail"


class StateReader:
    """Reads states; `resources` is what the placeholders stand for, `named` the places that name one."""

    def __init__(self, resources: Mapping[str, Resource], findings: list[Finding]) -> None:
        self._resources, self._findings = resources, findings
        self.named: set[str] = set()

    def read(self, name: str, node: object, at: str) -> State | None:
        """The state; None after a finding that leaves nothing to go on with."""
        members = Members(node, at, self._findings, "a state")
        type_ = members.text("Type", _TYPES_CURE, required=True)
        members.text("Comment", "write a text")
        readers = {
            "Task": self._task,
            "Choice": self._choice,
            "Pass": self._pass,
            "Succeed": self._succeed,
            "Fail": self._fail,
        }
        if type_ is None:
            return None
        if type_ not in readers:
            members.refuse("Type", f"is no type of state that is known here: {type_}", suggestion(type_, readers))
            return None
        members = Members(node, at, self._findings, f"a {type_} state")
        members.value("Type")
        members.value("Comment")
        state = readers[type_](name, members)
        members.refuse_others(_HINTS)
        return state

    def _task(self, name: str, members: Members) -> State | None:
        target = self._target(members)
        selector = members.value("ResultSelector")
        return Task(
            name=name,
            input_path=fields.selecting(members, "InputPath", self._findings),
            output_path=fields.selecting(members, "OutputPath", self._findings),
            resource=target[0] if target else Resource("function", ""),
            payload=target[1] if target else None,
            result_selector=None if selector is MISSING else self._template(members, "ResultSelector"),
            result_path=fields.result_path(members, self._findings),
            timeout_s=members.whole("TimeoutSeconds", 0, 1, LONGEST_S) or None,
            retry=fields.retriers(members, self._findings),
            catch=fields.catchers(members, self._findings),
            next=_next(members),
        )

    def _target(self, members: Members) -> tuple[Resource, Template] | None:
        """What the Task asks, and with which payload."""
        cure = "write one of: " + ", ".join(INTEGRATIONS)
        integration = members.text("Resource", cure, required=True)
        parameters = members.required("Parameters", "say what is asked, and with what")
        if integration is not None and integration not in INTEGRATIONS:
            members.refuse("Resource", f"is not known here: {integration}", cure)
            # Its parameters may be right: they are not findings of their own.
            self.named.update(members.place("Parameters") + pointer(naming) for _, naming, _ in INTEGRATIONS.values())
            return None
        if integration is None or parameters is MISSING:
            return None
        kind, naming, sending = INTEGRATIONS[integration]
        at = members.place("Parameters")
        given = Members(parameters, at, self._findings, f"the Parameters of {integration.rpartition(':::')[2]}")
        resource = self._resource(given, naming, kind)
        inserted = f"{sending}.$" in given
        payload = given.value(f"{sending}.$") if inserted else given.required(sending, "say what is sent")
        given.refuse_others({})
        if resource is None or payload is MISSING:
            return None
        name = f"{sending}.$" if inserted else sending
        return resource, fields.template({name: payload}, at, self._findings)[sending]

    def _resource(self, given: Members, naming: str, kind: Kind) -> Resource | None:
        cure = f"name a {kind} by its placeholder, such as ${{name}}"
        text = given.text(naming, cure, required=True)
        if text is None:
            return None
        self.named.add(given.place(naming))
        found = PLACEHOLDER.fullmatch(text)
        if found is None:
            given.refuse(naming, f"is no placeholder: {text}", cure)
            return None
        resource = self._resources.get(found[1])
        if resource is not None and resource.kind != kind:
            given.refuse(naming, f"is a {resource.kind}, not a {kind}", cure)
        return resource

    def _template(self, members: Members, name: str) -> Template | None:
        value = members.value(name)
        if value is MISSING:
            return None
        if not isinstance(value, dict):
            members.refuse(name, "is not an object", "write a payload template as an object")
            return None
        return fields.template(value, members.place(name), self._findings)

    def _pass(self, name: str, members: Members) -> State:
        result = members.value("Result")
        parameters = self._template(members, "Parameters")
        if result is not MISSING and "Parameters" in members:
            members.refuse("Parameters", "is there together with Result", "keep one of the two")
        return Pass(
            name=name,
            input_path=fields.selecting(members, "InputPath", self._findings),
            output_path=fields.selecting(members, "OutputPath", self._findings),
            has_result=result is not MISSING,
            result=None if result is MISSING else constant(result),
            parameters=parameters,
            result_path=fields.result_path(members, self._findings),
            next=_next(members),
        )

    def _succeed(self, name: str, members: Members) -> State:
        return Succeed(
            name=name,
            input_path=fields.selecting(members, "InputPath", self._findings),
            output_path=fields.selecting(members, "OutputPath", self._findings),
        )

    def _fail(self, name: str, members: Members) -> State:
        return Fail(name, self._reason(members, "Error"), self._reason(members, "Cause"))

    def _reason(self, members: Members, name: str) -> str | Path | None:
        text = members.text(name, "write a text")
        if name == "Error" and text is not None and text.startswith(RESERVED):
            members.refuse(name, f"is a name of the language's own: {text}", "write another error name")
        by_path = members.value(f"{name}Path")
        if by_path is MISSING:
            return text
        if text is not None:
            members.refuse(f"{name}Path", f"is there together with {name}", "keep one of the two")
        return fields.path(by_path, members.place(f"{name}Path"), self._findings)

    def _choice(self, name: str, members: Members) -> State:
        cure = "write rules, each with Next"
        members.required("Choices", cure)
        choices = []
        for at, node in members.array("Choices", cure):
            to = Members(node, at, self._findings, "a rule").text("Next", "name the state to go to", required=True)
            rule = self._rule(node, at, top=True) if isinstance(node, dict) else None
            if rule is not None and to is not None:
                choices.append((rule, to))
        return Choice(
            name=name,
            input_path=fields.selecting(members, "InputPath", self._findings),
            output_path=fields.selecting(members, "OutputPath", self._findings),
            choices=tuple(choices),
            default=members.text("Default", "name the state to go to"),
        )

    def _rule(self, node: object, at: str, *, top: bool) -> Rule | None:
        members = Members(node, at, self._findings, "a rule")
        if not isinstance(node, dict):
            return None
        members.text("Comment", "write a text")
        if top:
            members.value("Next")
        hints = {**_HINTS, "Next": "only the outermost rule has Next: remove it"}
        named = [name for name in ("And", "Or", "Not") if name in node]
        rule = self._joined(members, named[0]) if named else self._test(node, members)
        members.refuse_others(hints)
        return rule

    def _joined(self, members: Members, name: str) -> Rule | None:
        if name == "Not":
            inner = self._rule(members.value(name), members.place(name), top=False)
            return None if inner is None else Not(inner)
        rules = [self._rule(node, at, top=False) for at, node in members.array(name, "list rules")]
        kept = tuple(rule for rule in rules if rule is not None)
        return And(kept) if name == "And" else Or(kept)

    def _test(self, node: Mapping[str, Any], members: Members) -> Rule | None:
        text = members.required("Variable", "write the path of what is compared")
        variable = None if text is MISSING else fields.path(text, members.place("Variable"), self._findings)
        operators = [name for name in node if name in OPERATORS]
        for name in operators:
            members.value(name)
        if len(operators) != 1:
            members.refuse(None, f"has {len(operators)} operators", "write one operator, such as StringEquals")
        if variable is None or len(operators) != 1:
            return None
        (name,) = operators
        operand = node[name]
        if name.endswith("Path"):
            to = fields.path(operand, members.place(name), self._findings)
            return None if to is None else DataTest(variable, name, to)
        if isinstance(operand, Decimal):
            operand = float(operand)
        wanted = unfit(name, operand)
        if wanted is not None:
            members.refuse(name, f"cannot be compared with {operand!r}", f"write {wanted}")
        return DataTest(variable, name, operand)


def _next(members: Members) -> str | None:
    """Where a state leads to; None if it ends the execution."""
    end = members.value("End")
    to = members.text("Next", "name the state that follows")
    if end is not MISSING and end is not True:
        members.refuse("End", "is not true", 'write "End": true, or Next instead')
    elif (end is MISSING) == ("Next" not in members):
        both = "are both there" if end is not MISSING else "are both missing"
        members.refuse(None, f"Next and End {both}", 'write one of Next and "End": true')
    return to
