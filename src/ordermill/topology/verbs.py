"""Which verbs each kind of resource has, and what using one means. A port's methods are named after them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Role = Literal["read", "effect", "part"]
"""`read` changes nothing; `effect` does; `part` rides in another table's transaction."""

VERBS: Mapping[str, Mapping[str, Role]] = MappingProxyType(
    {
        "tables": {
            "read": "read",
            "known": "read",
            "find": "read",
            "list": "read",
            "within": "read",
            "count": "read",
            "oldest": "read",
            "of_order": "read",
            "of_customer": "read",
            "confirmed": "read",
            "create": "effect",
            "update": "effect",
            "put": "effect",
            "append": "effect",
            "take": "effect",
            "close": "effect",
            "delete": "effect",
            "use": "effect",
            "release": "effect",
            "check": "effect",
            "forget": "effect",
            "erase": "effect",
            "redact": "effect",
            "claim": "part",
            "reserve": "part",
            "keep": "part",
            "resolve": "part",
        },
        "queues": {"send": "effect"},
        "topics": {"publish": "effect"},
        "buckets": {
            "read": "read",
            "read_many": "read",
            "list": "read",
            "link": "read",
            "put": "effect",
            "delete": "effect",
        },
        "workflows": {"start": "effect"},
    }
)
"""Kind of resource (as `topology.json` calls it) to verb to role; services differ by name."""

SERVICE_VERBS: Mapping[str, Mapping[str, Role]] = MappingProxyType(
    {
        "mail": {"send": "effect"},
        "payments": {"charge": "effect", "void": "effect", "read": "read"},
        "tokens": {"sign": "read", "verify": "read", "sign_for": "read", "verify_for": "read"},
        "pdf": {"render": "read"},
        "pictures": {"clean": "read"},
        "labels": {"detect": "read"},
        "webhooks": {"post": "effect"},
        "remains": {"under_way": "read", "erase": "effect", "erase_of": "effect"},
        "mail-files": {"erase": "effect", "erase_to": "effect"},
        "messages": {"reaches": "read", "redrive": "effect", "start": "effect", "process": "effect"},
    }
)
"""Name of a service to verb to role."""


def verbs_of(kind: str, name: str) -> Mapping[str, Role]:
    """The verbs of the resource `name` of that kind, with their roles; none for a service that is not known."""
    return SERVICE_VERBS.get(name, {}) if kind == "services" else VERBS[kind]
