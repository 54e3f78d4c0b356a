"""The service `mail-files`: the folder of `.eml` files. One of its own, as mails may go elsewhere by now."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ordermill.adapters.local.files import fsync_folder
from ordermill.adapters.mime import recipient_of, safe_name
from ordermill.ports.erasure import Swept
from ordermill.ports.services import MailUnavailable

STRETCH: Final = 2000
"""How many files a step reads the beginning of."""
HEAD_BYTES: Final = 4096


class FolderMailFiles:
    """Any thread may call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def erase(self, keys: Sequence[str]) -> int:
        """See `MailFiles.erase`."""
        with self._told():
            return self._delete([self._folder / f"{safe_name(key)}.eml" for key in keys])

    def erase_to(self, email: str, after: str | None) -> Swept:
        """See `MailFiles.erase_to`."""
        with self._told():
            names = (entry.name for entry in os.scandir(self._folder) if entry.name.endswith(".eml"))
            stretch = heapq.nsmallest(STRETCH, (name for name in names if name > (after or "")))
            theirs = [name for name in stretch if _recipient(self._folder / name) == email.lower()]
            erased = self._delete([self._folder / name for name in theirs])
        return Swept(erased, stretch[-1] if len(stretch) == STRETCH else None)

    def _delete(self, paths: Sequence[Path]) -> int:
        count = 0
        for path in paths:
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            count += 1
        if count:
            fsync_folder(self._folder)
        return count

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise MailUnavailable("the folder of mails is not there") from None
        except OSError as error:
            raise MailUnavailable(f"the folder of mails cannot be used ({error.strerror})") from error


def _recipient(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return recipient_of(file.read(HEAD_BYTES))
    except FileNotFoundError:
        return None
