"""Service `pictures`: cleans them in a process of their own."""

from __future__ import annotations

from typing import Final

import msgspec

from ordermill.adapters.confined import ConfinedError, confined
from ordermill.ports.images import CleanPicture, PictureRefused

TIMEOUT_S: Final = 10.0
MEMORY_MB: Final = 512
_OUTPUT_MAX: Final = 5 * 1024 * 1024


class _Head(msgspec.Struct, frozen=True):
    width: int
    height: int
    refused: str | None


_head = msgspec.json.Decoder(_Head).decode


class ConfinedPictures:
    """Port `pictures`."""

    def clean(self, picture: bytes) -> CleanPicture:
        """See `Pictures.clean`."""
        try:
            answer = confined(
                "ordermill.adapters.picture_decoding:clean",
                picture,
                timeout_s=TIMEOUT_S,
                memory_mb=MEMORY_MB,
                output_max=_OUTPUT_MAX,
            )
        except ConfinedError as error:
            if error.kind == "failed":
                # Not the picture's fault, but that of what is installed.
                raise
            raise PictureRefused("a picture that can be decoded in the time and memory there is for one") from None
        line, _, body = answer.partition(b"\n")
        head = _head(line)
        if head.refused is not None:
            raise PictureRefused(head.refused)
        return CleanPicture(body, head.width, head.height)
