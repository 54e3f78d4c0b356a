"""Faults that people inject to rehearse failures: which are set, which strikes, and how often each has.

A rule strikes a function, or a service that functions call outside. Nothing here waits: what is to come later is raised
as `Postponed`, and whoever runs the function puts it on a timer.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

from ordermill.ports.objects import BucketUnavailable
from ordermill.ports.services import PaymentError, PaymentTimeout

log = logging.getLogger(__name__)

Mode = Literal["fail", "timeout", "delay", "crash"]
Place = Literal["start", "after-charge", "end"]

SERVICES: Final = ("mail", "payments", "archive", "webhooks")
"""What a fault can strike beside functions: the calls to these, whichever function makes them."""

KILLED: Final = 137
"""The exit status of a crash: what a shell tells of a process that was killed."""


class Rule(msgspec.Struct, frozen=True, rename="camel"):
    """One fault: `times` None is always, `match` None any message; `delay_ms` is for delays and time-outs.

    `after-charge` lies between a function's call outside and what it makes of the answer.
    """

    mode: Mode
    times: int | None = None
    at: Place = "start"
    match: str | None = None
    delay_ms: int = 0


class RuleState(Rule, frozen=True, rename="camel"):
    """A rule and how often it has struck."""

    fired: int = 0

    @property
    def spent(self) -> bool:
        """Whether it strikes no more."""
        return self.times is not None and self.fired >= self.times


class InjectedFault(Exception):
    """A failure that was asked for."""


class InjectedTimeout(InjectedFault, TimeoutError):
    """A time-out that was asked for; it counts from `after_ms` on."""

    def __init__(self, name: str, place: Place, after_ms: int) -> None:
        super().__init__(f"injected fault: {name} did not answer within {after_ms} ms, at {place}")
        self.after_ms = after_ms


class InjectedPaymentError(InjectedFault, PaymentError):
    """The same from the payment gateway, as an answer of its own would be."""


class InjectedPaymentTimeout(InjectedFault, PaymentTimeout):
    """The same: no answer within `after_ms`."""


class InjectedOutage(InjectedFault, BucketUnavailable):
    """The same from a bucket: it is away as a whole."""


class Postponed(Exception):
    """What was to run comes `after_ms` later; as `error`, where there is one."""

    def __init__(self, name: str, place: Place, after_ms: int, error: Exception | None = None) -> None:
        super().__init__(f"injected fault: {name} comes {after_ms} ms later, at {place}")
        self.name, self.place, self.after_ms, self.error = name, place, after_ms, error


_KINDS: Final[Mapping[str, type[InjectedFault]]] = {"payments": InjectedPaymentError, "archive": InjectedOutage}


class Faults:
    """The rules in force, by name of function or service. Any thread may call.

    Whoever is about to run something looks at `armed` first: while no rule can strike, that is all it costs.
    """

    def __init__(
        self, *, end: Callable[[int], None], timeout_ms: int, keep: Callable[[bytes], None], allowed: bool = True
    ) -> None:
        """`end` ends the process; `timeout_ms` is how long a time-out takes where its rule doesn't say.

        `keep` stores the rules durably before it returns, or raises. `allowed`: whether people may set any.
        """
        self.armed, self.allowed = False, allowed
        self.totals: Counter[str] = Counter()
        """How often what has struck since the start, whatever rules there were."""
        self._end, self._timeout_ms, self._keep = end, timeout_ms, keep
        self._states: dict[str, RuleState] = {}
        self._states_lock, self._writing = threading.Lock(), threading.Lock()

    def states(self) -> dict[str, RuleState]:
        """Every rule that is set, also those that are spent."""
        with self._states_lock:
            return dict(self._states)

    def set(self, states: Mapping[str, RuleState]) -> None:
        """Replace all, durably first. Raises what `keep` does, and then nothing has changed."""
        with self._writing:
            self._keep(msgspec.json.encode(states))
            self.load(states)

    def load(self, states: Mapping[str, RuleState]) -> None:
        """Replace all, as they were kept."""
        with self._states_lock:
            self._states = dict(states)
            self._look()

    def save(self) -> None:
        """Store how often each has struck so far. Raises what `keep` does."""
        with self._writing:
            self._keep(msgspec.json.encode(self.states()))

    def meet(self, name: str, place: Place, message: object) -> None:
        """Fail here if a rule says so: raises InjectedFault, or Postponed, or ends the process."""
        rule = self._strike(name, (place,), message)
        if rule is not None:
            self._apply(name, place, rule)

    def meet_call(self, service: str, moment: Literal["before", "after"], request: object) -> None:
        """The same for a call outside: before it, or when it has happened and its answer is on the way."""
        rule = self._strike(service, ("start",) if moment == "before" else ("after-charge", "end"), request)
        if rule is not None:
            self._apply(service, rule.at, rule)

    def _strike(self, name: str, places: tuple[Place, ...], message: object) -> Rule | None:
        """The rule that strikes now, counted."""
        with self._states_lock:
            state = self._states.get(name)
            if state is None or state.at not in places or state.spent:
                return None
            if state.match is not None and not mentions(message, state.match):
                return None
            self._states[name] = msgspec.structs.replace(state, fired=state.fired + 1)
            self.totals[name] += 1
            self._look()
        return state

    def _look(self) -> None:
        self.armed = any(not state.spent for state in self._states.values())

    def _apply(self, name: str, place: Place, rule: Rule) -> None:
        if rule.mode == "delay":
            raise Postponed(name, place, rule.delay_ms)
        if rule.mode == "timeout":
            after_ms = rule.delay_ms or self._timeout_ms
            payments = name == "payments"
            error = InjectedPaymentTimeout(after_ms) if payments else InjectedTimeout(name, place, after_ms)
            raise Postponed(name, place, after_ms, error)
        if rule.mode == "crash":
            self._crash(name, place)
        kind = _KINDS.get(name, InjectedFault)
        raise kind(f"injected fault: {name} fails at {place}")

    def _crash(self, name: str, place: Place) -> None:
        try:
            # A rule that is to strike once must not do so again in the next process.
            self.save()
        except Exception:
            log.exception("an injected crash of %s only fails: that it happened could not be stored", name)
            return
        log.critical("an injected fault ends the process: %s crashes at %s", name, place)
        self._end(KILLED)


def mentions(message: object, text: str) -> bool:
    """Whether the message, as JSON, has `text` in it, as it stands or as JSON writes it."""
    found = json.dumps(msgspec.to_builtins(message, enc_hook=str), ensure_ascii=False)
    return text in found or json.dumps(text, ensure_ascii=False)[1:-1] in found
