"""Table `images` as the open transaction sees it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ordermill.adapters.local.writeset import Table, UndoLog
from ordermill.domain.images import ImageRecord

_IN_MEMORY: Final = 256

_encode = msgspec.json.Encoder().encode
decode_image = msgspec.json.Decoder(ImageRecord).decode


def _record_of(row: Any) -> ImageRecord:
    return decode_image(row[1])


def image_rows(undo: UndoLog) -> Table[str, ImageRecord]:
    """The table, empty in memory."""
    return Table(
        undo,
        upsert=(
            "INSERT INTO images (image_id, due, body)",
            " ON CONFLICT (image_id) DO UPDATE SET due = excluded.due, body = excluded.body",
        ),
        select="SELECT image_id, body FROM images WHERE image_id IN",
        encode=lambda record: (record.image_id, record.due, _encode(record)),
        decode=_record_of,
        keep=_IN_MEMORY,
        delete="DELETE FROM images WHERE image_id IN",
    )
