"""The secret that signs posts to webhooks, where the operator gave none: made once, kept beside the database."""

from __future__ import annotations

import base64
import logging
import secrets
from pathlib import Path

from msgspec.structs import replace

from ordermill.adapters.local.files import NOT_WRITABLE, full_disk_told, write_atomically
from ordermill.domain.webhook_signing import parse_secrets
from ordermill.ports.ambient import Settings

log = logging.getLogger(__name__)

FILE_SUFFIX = ".webhook-secret"
"""What its name adds to the database's."""


def self_signed(settings: Settings, data: Path) -> Settings:
    """The settings with a key, if any target's posts are signed. Raises StorageFull, OSError, ValueError."""
    if settings.webhook_keys or not any(target.kind == "json" for target in settings.alert_targets):
        return settings
    path = data.with_name(data.name + FILE_SUFFIX)
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        text = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
        with full_disk_told(NOT_WRITABLE):
            write_atomically(path, text.encode("ascii") + b"\n")
    log.info("posts to json+ targets are signed with the secret in %s", path)
    return replace(settings, webhook_keys=parse_secrets(text))
