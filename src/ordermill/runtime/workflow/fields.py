"""Reads what several states have in common: paths, payload templates, Retry and Catch."""

from __future__ import annotations

from typing import Any, Final

from ordermill.runtime.workflow.errors import ALL, MATCHABLE, RESERVED, matches
from ordermill.runtime.workflow.members import MISSING, Members, called, constant
from ordermill.runtime.workflow.model import Catcher, ResultPath, Retrier, Template
from ordermill.runtime.workflow.paths import Path, parse
from ordermill.runtime.workflow.retries import LONGEST_S, MOST_RETRIES
from ordermill.topology.findings import Finding, pointer, suggestion

WHOLE: Final = Path("$", context=False, steps=())

_CONTEXT: Final = {
    ("Execution", "Id"),
    ("Execution", "Input"),
    ("Execution", "Name"),
    ("Execution", "StartTime"),
    ("State", "EnteredTime"),
    ("State", "Name"),
    ("State", "RetryCount"),
    ("StateMachine", "Id"),
    ("StateMachine", "Name"),
}

_ERRORS_CURE: Final = 'list error names, such as ["States.Timeout", "InvalidOrder"]'

_RETRIER_HINTS: Final = {"Next": "a Retry leads nowhere: what comes after it stands in Catch"}


def path(text: object, at: str, findings: list[Finding]) -> Path | None:
    """The path; None after a finding."""
    if not isinstance(text, str):
        findings.append(Finding(at, f"is {called(text)}, not a path", "write a path such as $.order"))
        return None
    try:
        found = parse(text)
    except ValueError as error:
        findings.append(Finding(at, f"is no path that is known here: {text}", str(error)))
        return None
    if found.context and found.steps[:2] not in _CONTEXT:
        known = ", ".join(sorted("$$." + ".".join(steps) for steps in _CONTEXT))
        findings.append(Finding(at, f"is not in the context object: {text}", f"use one of: {known}"))
        return None
    return found


def selecting(members: Members, name: str, findings: list[Finding]) -> Path | None:
    """InputPath or OutputPath: `$` where it is missing, None where it is `null`."""
    value = members.value(name)
    if value is MISSING:
        return WHOLE
    return None if value is None else path(value, members.place(name), findings)


def result_path(members: Members, findings: list[Finding]) -> ResultPath:
    """ResultPath: names that lead to the result's place."""
    value = members.value("ResultPath")
    if value is MISSING:
        return ()
    if value is None:
        return None
    found = path(value, members.place("ResultPath"), findings)
    if found is None:
        return ()
    names = tuple(step for step in found.steps if isinstance(step, str))
    if found.context or len(names) < len(found.steps):
        members.refuse("ResultPath", f"is no place for a result: {found.text}", "write member names, such as $.a.b")
    return names


def template(value: Any, at: str, findings: list[Finding]) -> Template:
    """A payload template: what stands in a member `name.$` is a path and becomes the member `name`."""
    if isinstance(value, list):
        return [template(inner, at + pointer(index), findings) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return constant(value)
    filled: dict[str, Template] = {}
    for name, inner in value.items():
        here = at + pointer(name)
        if not name.endswith(".$"):
            filled[name] = template(inner, here, findings)
            continue
        plain = name.removesuffix(".$")
        if plain in value:
            findings.append(Finding(here, f"is there twice, as '{plain}' too", "keep one of the two"))
        filled[plain] = _inserted(inner, here, findings)
    return filled


def _inserted(value: object, at: str, findings: list[Finding]) -> Path | None:
    if isinstance(value, str) and not value.startswith("$"):
        cure = "insert a path such as $.order; intrinsic functions are not known here"
        findings.append(Finding(at, f"is no path: {value}", cure))
        return None
    return path(value, at, findings)


def retriers(members: Members, findings: list[Finding]) -> tuple[Retrier, ...]:
    """The Retry of a state."""
    found: list[tuple[Members, Retrier]] = []
    for at, element in members.array("Retry", "write retriers, each with ErrorEquals, or leave it out"):
        each = Members(element, at, findings, "a retrier")
        each.text("Comment", "write a text")
        retrier = Retrier(
            errors=_errors(each, findings),
            interval_s=each.whole("IntervalSeconds", 1, 1, LONGEST_S),
            max_attempts=each.whole("MaxAttempts", 3, 0, MOST_RETRIES),
            backoff_rate=each.number("BackoffRate", 2.0, 1.0),
            max_delay_s=each.whole("MaxDelaySeconds", 0, 1, 31_622_400) or None,
            jitter=_jitter(each),
        )
        if retrier.max_delay_s is not None and retrier.max_delay_s <= retrier.interval_s:
            each.refuse("MaxDelaySeconds", "is not more than IntervalSeconds", "raise it, or leave it out")
        each.refuse_others(_RETRIER_HINTS)
        found.append((each, retrier))
    _refuse_shadowed([(each, retrier.errors) for each, retrier in found], findings)
    return tuple(retrier for _, retrier in found)


def _jitter(each: Members) -> bool:
    strategy = each.text("JitterStrategy", "write FULL or NONE")
    if strategy not in {None, "FULL", "NONE"}:
        each.refuse("JitterStrategy", f"is not a strategy: {strategy}", "write FULL or NONE")
    return strategy == "FULL"


def catchers(members: Members, findings: list[Finding]) -> tuple[Catcher, ...]:
    """The Catch of a state."""
    found: list[tuple[Members, Catcher]] = []
    for at, element in members.array("Catch", "write catchers, each with ErrorEquals and Next, or leave it out"):
        each = Members(element, at, findings, "a catcher")
        each.text("Comment", "write a text")
        to = each.text("Next", "name the state that deals with the error", required=True)
        found.append((each, Catcher(_errors(each, findings), to or "", result_path(each, findings))))
        each.refuse_others({})
    _refuse_shadowed([(each, catcher.errors) for each, catcher in found], findings)
    return tuple(catcher for _, catcher in found)


def _errors(each: Members, findings: list[Finding]) -> tuple[str, ...]:
    if "ErrorEquals" not in each:
        each.required("ErrorEquals", _ERRORS_CURE)
        return ()
    names = []
    for at, name in each.array("ErrorEquals", _ERRORS_CURE):
        if not isinstance(name, str) or not name.strip():
            findings.append(Finding(at, f"is {called(name)}, not the name of an error", _ERRORS_CURE))
        elif name.startswith(RESERVED) and name not in MATCHABLE:
            problem = f"is no error that can be matched here: {name}"
            findings.append(Finding(at, problem, suggestion(name, MATCHABLE)))
        else:
            names.append(name)
    if ALL in names and len(names) > 1:
        each.refuse("ErrorEquals", f"has {ALL} and other names", f"put {ALL} alone, into the last place")
    return tuple(names)


def _refuse_shadowed(found: list[tuple[Members, tuple[str, ...]]], findings: list[Finding]) -> None:
    """Refuses names that an earlier element of the same array takes already, and States.ALL before others."""
    for index, (each, errors) in enumerate(found):
        if ALL in errors and index < len(found) - 1:
            each.refuse("ErrorEquals", f"has {ALL}, and others follow", "put it into the last place")
        for name in errors:
            before = [earlier for _, earlier in found[:index] if ALL not in earlier]
            if name != ALL and any(matches(earlier, name) for earlier in before):
                each.refuse("ErrorEquals", f"never gets {name}: an earlier one takes it", "put this one first")
