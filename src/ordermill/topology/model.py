"""What `topology.json` says, as inert values: the same members, nothing computed.

Names are the keys of the mappings. Every member is required; None is the file's `null`. The shape is checked by
`loader.load`, what the values mean to each other by `checks.check`.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

DEFAULT_PIPELINE: Final = "workflow"
"""How orders are taken in where nobody says otherwise."""

Access = Literal["anyone", "holder", "staff"]
"""Who may call a route."""

Where = Literal["local", "both"]
"""Whether something exists only in the local runtime, or on AWS too."""

TriggerKind = Literal["http", "queue", "stream", "workflow", "schedule", "dead_letters"]
"""What starts a function."""


class _Inert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all: immutable, and no member beyond those declared."""


class Index(_Inert, frozen=True):
    """A second way into a table: its partition key and, if any, its sort key."""

    key: str
    range: str | None


class Table(_Inert, frozen=True):
    """A table: partition key, sort key, the attribute with the expiry time, and whether changes are streamed."""

    key: str
    range: str | None
    ttl: str | None
    stream: bool
    indexes: dict[str, Index]


class Subscription(_Inert, frozen=True):
    """A queue's subscription to a topic; `filter` lists the values wanted of each attribute, None is everything."""

    topic: str
    filter: dict[str, tuple[str, ...]] | None


class Queue(_Inert, frozen=True):
    """A queue: seconds a received message stays hidden, and receives before it is a dead letter."""

    visibility_s: int
    max_receives: int
    subscribes: Subscription | None


class Topic(_Inert, frozen=True):
    """A topic; its subscribers are queues."""


class Bucket(_Inert, frozen=True):
    """A bucket: days until an object is removed, None keeps it."""

    expire_days: int | None


class Workflow(_Inert, frozen=True):
    """A state machine: the name of its definition's file, beside `topology.json`."""

    definition: str


class Service(_Inert, frozen=True):
    """Something outside; what it can do is in `verbs.SERVICE_VERBS`."""


class Route(_Inert, frozen=True):
    """A route without a trigger of its own: answered by `function`, or by the server itself where None."""

    caption: str
    function: str | None
    access: Access
    where: Where


class StreamPattern(_Inert, frozen=True):
    """Which changes of a table start a function: every member given must match, each by one of its values.

    `event` is among INSERT, MODIFY and REMOVE; `old` and `new` map attributes of the item before and after.
    """

    event: tuple[str, ...] | None = None
    old: dict[str, tuple[str, ...]] | None = None
    new: dict[str, tuple[str, ...]] | None = None


class Trigger(_Inert, frozen=True):
    """What starts a function.

    `source` is `METHOD /path`, a queue, a table, a workflow, a rate, or `*` for every dead-letter path. `access` is
    None but for http; `filter` (any of its patterns) is None but for streams; `batch` is how many messages at most
    come at once, None where they come singly.
    """

    kind: TriggerKind
    source: str
    access: Access | None
    where: Where
    filter: tuple[StreamPattern, ...] | None
    batch: int | None


class FunctionSpec(_Inert, frozen=True):
    """A function: what it may touch (resource to verbs), what it changes in which order, its limits, its trigger."""

    caption: str
    grants: dict[str, tuple[str, ...]]
    effects: tuple[str, ...]
    memory_mb: int
    timeout_s: int
    trigger: Trigger


class Pipeline(_Inert, frozen=True):
    """The functions that one way of taking orders in adds to the common ones."""

    functions: dict[str, FunctionSpec]


class Topology(_Inert, frozen=True):
    """The whole file."""

    tables: dict[str, Table]
    queues: dict[str, Queue]
    topics: dict[str, Topic]
    buckets: dict[str, Bucket]
    workflows: dict[str, Workflow]
    services: dict[str, Service]
    routes: dict[str, Route]
    functions: dict[str, FunctionSpec]
    pipelines: dict[str, Pipeline]
