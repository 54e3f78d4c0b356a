"""What a state selects from its input, its result and its output, and where it puts its result."""

from __future__ import annotations

from typing import Any

from tests.unit.workflow.workflow_kit import Case, function, gives, passing, queue, topic

MASTER = {"master": {"detail": [1, 2, 3]}}
ORDER = {"order": {"id": "o1", "lines": [{"sku": "a"}, {"sku": "b"}]}, "note": "x"}


def one(name: str, given: Any, output: Any = None, error: str | None = None, **fields: Any) -> Case:
    """A machine of one Pass state."""
    return Case(name=name, states={"P": passing(**fields)}, input=given, output=output, error=error)


PASS = [
    one("a Pass hands its input on", {"a": 1}, {"a": 1}),
    one("an input may be a string", "foo", "foo"),
    one("an input may be a number", 7, 7),
    one("an input may be null", None, None),
    one("an input may be an array", [1, [2]], [1, [2]]),
    one("Result replaces the input", {"a": 1}, {"b": 2}, Result={"b": 2}),
    one("Result may be any JSON", {}, [1.5, None, "x", True], Result=[1.5, None, "x", True]),
    one("Result null is a result", {"a": 1}, None, Result=None),
    one("Result false is a result", {"a": 1}, False, Result=False),
    one("Result has no paths", {"a": 1}, {"b.$": "$.a"}, Result={"b.$": "$.a"}),
]
INPUT_PATH = [
    one("InputPath selects a member", ORDER, ORDER["order"], InputPath="$.order"),
    one("InputPath selects deeper", ORDER, "o1", InputPath="$.order.id"),
    one("InputPath selects an element", ORDER, {"sku": "b"}, InputPath="$.order.lines[1]"),
    one("InputPath goes through an element", ORDER, "a", InputPath="$.order.lines[0].sku"),
    one("InputPath in brackets", {"a b": 1}, 1, InputPath="$['a b']"),
    one("InputPath in brackets after a name", {"a": {"b-c": 1}}, 1, InputPath="$.a['b-c']"),
    one("InputPath through nested arrays", {"a": [[0, 1], [2, 3]]}, 3, InputPath="$.a[1][1]"),
    one("InputPath from an array", [5, 6], 6, InputPath="$[1]"),
    one("InputPath null gives an empty object", ORDER, {}, InputPath=None),
    one("InputPath to a null member", {"a": None}, None, InputPath="$.a"),
    one("InputPath to nothing fails", ORDER, error="States.Runtime", InputPath="$.none"),
    one("InputPath beyond an array fails", ORDER, error="States.Runtime", InputPath="$.order.lines[2]"),
    one("InputPath into a string fails", ORDER, error="States.Runtime", InputPath="$.note.none"),
    one("InputPath into null fails", {"a": None}, error="States.Runtime", InputPath="$.a.b"),
    one(
        "InputPath leaves ResultPath the whole input",
        ORDER,
        {**ORDER, "id": "o1"},
        InputPath="$.order.id",
        ResultPath="$.id",
    ),
]
OUTPUT_PATH = [
    one("OutputPath selects from the result", {}, 2, Result={"b": 2}, OutputPath="$.b"),
    one("OutputPath selects after ResultPath", {"a": 1}, 2, Result=2, ResultPath="$.b", OutputPath="$.b"),
    one("OutputPath may select the input again", {"a": 1}, 1, Result=2, ResultPath="$.b", OutputPath="$.a"),
    one("OutputPath null gives an empty object", {"a": 1}, {}, OutputPath=None),
    one("OutputPath to nothing fails", {"a": 1}, error="States.Runtime", OutputPath="$.none"),
]
RESULT_PATH = [
    one("ResultPath overwrites a member", MASTER, {"master": {"detail": 6}}, Result=6, ResultPath="$.master.detail"),
    one(
        "ResultPath makes the members in between",
        MASTER,
        {"master": {"detail": [1, 2, 3], "result": {"sum": 6}}},
        Result=6,
        ResultPath="$.master.result.sum",
    ),
    one(
        "ResultPath makes a chain",
        {"a": 1},
        {"a": 1, "b": {"greeting": "Hi!"}},
        Result="Hi!",
        ResultPath="$.b.greeting",
    ),
    one("ResultPath $ is the result", {"a": 1}, 6, Result=6, ResultPath="$"),
    one("ResultPath null is the input", {"a": 1}, {"a": 1}, Result=6, ResultPath=None),
    one("ResultPath in brackets", {"a": 1}, {"a": 1, "b c": 6}, Result=6, ResultPath="$['b c']"),
    one("ResultPath into a string fails", "foo", error="States.ResultPathMatchFailure", Result=6, ResultPath="$.x"),
    one("ResultPath into an array fails", [1], error="States.ResultPathMatchFailure", Result=6, ResultPath="$.x"),
    one(
        "ResultPath through a number fails",
        {"a": 1},
        error="States.ResultPathMatchFailure",
        Result=6,
        ResultPath="$.a.b",
    ),
    one("ResultPath null takes a string too", "foo", "foo", Result=6, ResultPath=None),
    one("ResultPath $ takes a string too", "foo", 6, Result=6, ResultPath="$"),
]
PARAMETERS = [
    one("Parameters are a constant", {"a": 1}, {"first": 88, "second": 99}, Parameters={"first": 88, "second": 99}),
    one(
        "Parameters insert what is at paths",
        {"flagged": 7, "vals": [0, 10, 20]},
        {"flagged": True, "parts": {"first": 0, "all": [0, 10, 20]}},
        Parameters={"flagged": True, "parts": {"first.$": "$.vals[0]", "all.$": "$.vals"}},
    ),
    one(
        "Parameters insert in arrays of objects", {"a": 1}, {"l": [{"b": 1}, 2]}, Parameters={"l": [{"b.$": "$.a"}, 2]}
    ),
    one("Parameters insert the whole input", {"a": 1}, {"all": {"a": 1}}, Parameters={"all.$": "$"}),
    one(
        "Parameters take what InputPath selects", {"a": {"b": 1}}, {"c": 1}, InputPath="$.a", Parameters={"c.$": "$.b"}
    ),
    one(
        "Parameters are the result for ResultPath",
        {"a": 1},
        {"a": 1, "p": {"b": 1}},
        Parameters={"b.$": "$.a"},
        ResultPath="$.p",
    ),
    one("Parameters insert null", {"a": None}, {"b": None}, Parameters={"b.$": "$.a"}),
    one("Parameters may be empty", {"a": 1}, {}, Parameters={}),
    one("Parameters leave a plain $ alone", {"a": 1}, {"b": "$.a"}, Parameters={"b": "$.a"}),
    one("Parameters to nothing fail", {"a": 1}, error="States.ParameterPathFailure", Parameters={"b.$": "$.none"}),
]
CONTEXT = [
    one("the context has the execution's input", {"a": 1}, {"i": {"a": 1}}, Parameters={"i.$": "$$.Execution.Input"}),
    one("the context goes on into the input", {"a": {"b": 2}}, {"i": 2}, Parameters={"i.$": "$$.Execution.Input.a.b"}),
    one("the context has the state's name", {}, {"s": "P"}, Parameters={"s.$": "$$.State.Name"}),
    one("InputPath may select from the context", {"a": 1}, {"a": 1}, InputPath="$$.Execution.Input"),
    one("OutputPath may select from the context", {"a": 1}, {"a": 1}, Result=2, OutputPath="$$.Execution.Input"),
    Case(
        name="the context keeps the first input",
        states={
            "A": passing("B", Result=2),
            "B": passing(Parameters={"i.$": "$$.Execution.Input", "s.$": "$$.State.Name"}),
        },
        input={"a": 1},
        output={"i": {"a": 1}, "s": "B"},
    ),
]
OURS = [
    one(
        "the context has the names of execution and machine",
        {},
        {"e": "ex-1", "n": "ex-1", "m": "case", "i": "case"},
        Parameters={
            "e.$": "$$.Execution.Id",
            "n.$": "$$.Execution.Name",
            "m.$": "$$.StateMachine.Name",
            "i.$": "$$.StateMachine.Id",
        },
    ),
    one(
        "the context has the times",
        {},
        {"s": "2025-11-20T12:00:00.000Z", "e": "2025-11-20T12:00:00.000Z"},
        Parameters={"s.$": "$$.Execution.StartTime", "e.$": "$$.State.EnteredTime"},
    ),
]
"""What differs from world to world: ids and times."""
TASKS = [
    Case(
        name="a Task asks with its input and hands the function's result on",
        states={"A": function()},
        input={"val1": 3, "val2": 4},
        script={"A": [gives(7)]},
        trace=['A {"val1":3,"val2":4}'],
        output=7,
    ),
    Case(
        name="a Task's InputPath and ResultPath",
        states={
            "A": function(
                InputPath="$.numbers", ResultSelector={"sum.$": "$.Payload"}, ResultPath="$.s", OutputPath="$"
            )
        },
        input={"title": "Add", "numbers": {"val1": 3, "val2": 4}},
        script={"A": [gives(7)]},
        trace=['A {"val1":3,"val2":4}'],
        output={"title": "Add", "numbers": {"val1": 3, "val2": 4}, "s": {"sum": 7}},
    ),
    Case(
        name="a function's result is the member Payload of what the Task is answered",
        states={"A": function(ResultSelector={"p.$": "$.Payload", "code.$": "$.StatusCode"})},
        script={"A": [gives({"x": 1})]},
        output={"p": {"x": 1}, "code": 200},
    ),
    Case(
        name="a Task's payload is made of constants, paths and context",
        states={"A": function(send={"Payload": {"id.$": "$.id", "c": [1, {"s.$": "$$.State.Name"}]}}, ResultPath=None)},
        input={"id": "o1"},
        script={"A": [gives(None)]},
        trace=['A {"c":[1,{"s":"A"}],"id":"o1"}'],
        output={"id": "o1"},
    ),
    Case(
        name="a Task that throws its result away",
        states={"A": function("B", ResultPath=None), "B": function()},
        input={"id": "o1"},
        script={"A": [gives({"big": 1})], "B": [gives("done")]},
        trace=['A {"id":"o1"}', 'B {"id":"o1"}'],
        output="done",
    ),
    Case(
        name="a function that returns nothing",
        states={"A": function()},
        script={"A": [gives(None)]},
        output=None,
    ),
    Case(
        name="a queue's answer is the result",
        states={"A": queue(ResultSelector={"id.$": "$.MessageId"}, ResultPath="$.sent")},
        input={"a": 1},
        script={"A": [gives({"MessageId": "m1", "MD5OfMessageBody": "0"})]},
        trace=['A {"a":1}'],
        output={"a": 1, "sent": {"id": "m1"}},
    ),
    Case(
        name="a message may be a text",
        states={"A": queue(send={"MessageBody": "hello"}, ResultPath=None)},
        script={"A": [gives({"MessageId": "m1"})]},
        trace=['A "hello"'],
        output={},
    ),
    Case(
        name="a topic's message is made like any payload",
        states={"A": topic(send={"Message": {"o.$": "$.id", "n.$": "$$.State.Name"}}, ResultPath=None)},
        input={"id": "o1"},
        script={"A": [gives({"MessageId": "m1"})]},
        trace=['A {"n":"A","o":"o1"}'],
        output={"id": "o1"},
    ),
    Case(
        name="ResultSelector to nothing fails",
        states={"A": function(ResultSelector={"p.$": "$.Payload.none"})},
        script={"A": [gives({"x": 1})]},
        error="States.ParameterPathFailure",
    ),
    Case(
        name="OutputPath of a Task to nothing fails",
        states={"A": function(OutputPath="$.Payload.none")},
        script={"A": [gives({"x": 1})]},
        error="States.Runtime",
    ),
    Case(
        name="ResultPath of a Task into a string fails",
        states={"A": function(ResultPath="$.x")},
        input="foo",
        script={"A": [gives(1)]},
        error="States.ResultPathMatchFailure",
    ),
    Case(
        name="the states of a chain hand their output on",
        states={"A": function("B"), "B": function("C"), "C": passing(Parameters={"c.$": "$"})},
        input=1,
        script={"A": [gives(2)], "B": [gives(3)]},
        trace=["A 1", "B 2"],
        output={"c": 3},
    ),
]
ENDS = [
    Case(name="Succeed hands its input on", states={"S": {"Type": "Succeed"}}, input={"a": 1}, output={"a": 1}),
    Case(
        name="Succeed selects from its input",
        states={"S": {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"}},
        input={"a": {"b": 2}},
        output=2,
    ),
    Case(
        name="Succeed may give nothing",
        states={"S": {"Type": "Succeed", "OutputPath": None}},
        input={"a": 1},
        output={},
    ),
    Case(
        name="Succeed from nowhere fails",
        states={"S": {"Type": "Succeed", "InputPath": "$.none"}},
        error="States.Runtime",
    ),
    Case(
        name="Fail has error and cause",
        states={"F": {"Type": "Fail", "Error": "ErrorA", "Cause": "Kaiju attack"}},
        error="ErrorA",
        cause="Kaiju attack",
    ),
    Case(
        name="Fail takes error and cause from its input",
        states={"F": {"Type": "Fail", "ErrorPath": "$.e.Error", "CausePath": "$.e.Cause"}},
        input={"e": {"Error": "ErrorB", "Cause": "it broke"}},
        error="ErrorB",
        cause="it broke",
    ),
    Case(
        name="Fail with a constant error and a cause from its input",
        states={"F": {"Type": "Fail", "Error": "ErrorC", "CausePath": "$.why"}},
        input={"why": "no reason"},
        error="ErrorC",
        cause="no reason",
    ),
    Case(
        name="Fail cannot end with an error of the language's own",
        states={"F": {"Type": "Fail", "ErrorPath": "$.e"}},
        input={"e": "States.Timeout"},
        error="States.Runtime",
    ),
    Case(
        name="Fail whose path leads nowhere",
        states={"F": {"Type": "Fail", "Error": "ErrorC", "CausePath": "$.none"}},
        error="States.Runtime",
    ),
    Case(
        name="Fail whose cause is no text",
        states={"F": {"Type": "Fail", "Error": "ErrorC", "CausePath": "$.n"}},
        input={"n": 1},
        error="States.Runtime",
    ),
]

CASES: list[Case] = [*PASS, *INPUT_PATH, *OUTPUT_PATH, *RESULT_PATH, *PARAMETERS, *CONTEXT, *TASKS, *ENDS]
