"""Mail as `.eml` files: what a customer would get, to be looked at without a mail server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ordermill.adapters.local.files import NO_ROOM, NOT_WRITABLE, fsync_folder, full_disk_told, remove_temps, write_temp
from ordermill.adapters.local.outage import Outage
from ordermill.adapters.mime import address_of, compose, safe_name
from ordermill.domain.commands import SendMail
from ordermill.ports.ambient import Clock
from ordermill.ports.services import MailRefused, MailUnavailable


class _Staged(threading.local):
    """This thread's open batch: each final path with its temporary file, None if the mail was there before."""

    files: dict[Path, Path | None] | None = None


class FileMailer:
    """The port `Mailer` on a folder: one file per mail, named by its `key`, whole and durable when it appears.

    Any thread may call, each with its own batch. A mail whose file is there is not written again.
    """

    def __init__(self, folder: Path, mail_from: str, clock: Clock, *, rest_ms: int = 0) -> None:
        """Create the folder if need be and clear what a death left in it: no other mailer may be at work there.

        `mail_from` is an address or `Name <address>`; `rest_ms` is how long to rest while the folder cannot be written.
        Raises ValueError if `mail_from` is neither, StorageFull if there is no room, OSError.
        """
        address_of(mail_from)
        self._folder, self._from, self._clock, self._rest_ms = folder, mail_from, clock, rest_ms
        self._outage = Outage("writing mails")
        self._staged = _Staged()
        with full_disk_told(NO_ROOM):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_temps(folder)

    def send(self, mail: SendMail) -> None:
        """Write the mail's file. Raises MailRefused, MailUnavailable, StorageFull if there is no room, OSError."""
        staged = self._staged.files
        if staged is None:
            with self.batch():
                self.send(mail)
            return
        path = self._folder / f"{safe_name(mail.key)}.eml"
        if path in staged:
            return
        if path.exists():
            staged[path] = None
        else:
            try:
                data = compose(mail, self._from, self._clock.now_ms())
            except ValueError as error:
                raise MailRefused("it has no address that mail could go to") from error
            with self._writing():
                staged[path] = write_temp(self._folder, data)

    @contextmanager
    def batch(self, keys: Sequence[str] = ()) -> Iterator[None]:
        """Let what this thread sends in the body appear at its end, with one fsync of the folder.

        `keys` is not needed here: batches of all services are opened alike. An exception that leaves the body drops
        all mails of the batch; one that is raised at its end drops those that haven't appeared, and a repeat completes
        them.
        Raises RuntimeError if this thread has a batch open.
        """
        if self._staged.files is not None:
            raise RuntimeError("this thread has a batch open")
        staged: dict[Path, Path | None] = {}
        self._staged.files = staged
        try:
            yield
            with self._writing():
                self._publish(staged)
            if staged:
                self._outage.is_over()
        except BaseException:
            for temp in staged.values():
                if temp is not None:
                    temp.unlink(missing_ok=True)
            raise
        finally:
            self._staged.files = None

    def _publish(self, staged: dict[Path, Path | None]) -> None:
        for path, temp in staged.items():
            if temp is not None:
                temp.replace(path)
        if staged:
            # For a file that was there as well: whoever wrote it may have died before its name was durable.
            fsync_folder(self._folder)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A folder that cannot be written is its operator's affair, and no mail's."""
        try:
            with full_disk_told(NO_ROOM):
                yield
        except OSError as error:
            if error.errno not in NOT_WRITABLE:
                raise
            why = f"{self._folder} cannot be written ({error.strerror})"
            self._outage.goes_on(why)
            raise MailUnavailable(why, self._rest_ms) from error
