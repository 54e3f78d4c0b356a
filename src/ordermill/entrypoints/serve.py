"""The server process: builds the system, listens, and stops cleanly. `up` starts and supervises it."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import uvicorn

from ordermill import __version__
from ordermill.adapters.clock import SystemClock
from ordermill.adapters.local.data_dir import DataDirectory, DirectoryInUse, UnusableDirectory
from ordermill.adapters.local.database import UnusableDatabase
from ordermill.adapters.local.label_model import UnusableModel
from ordermill.adapters.local.session_file import SessionFile
from ordermill.bootstrap.local import LocalSystem, for_local
from ordermill.entrypoints.admission import Admission
from ordermill.entrypoints.config import UNUSABLE, ServerConfig
from ordermill.entrypoints.direct import direct
from ordermill.entrypoints.faulting import warn_of
from ordermill.entrypoints.http import App, Loop
from ordermill.entrypoints.limits import Limits, allowed_connections, notice_lost_peers
from ordermill.entrypoints.logs.ring import LogRing
from ordermill.entrypoints.logs.setup import start_logging
from ordermill.entrypoints.logs.writer import LogThread
from ordermill.entrypoints.loop import LoopFactory, new_loop
from ordermill.entrypoints.rate_limits import client_of
from ordermill.entrypoints.sign_in.made import sign_in_of, verifier_of
from ordermill.entrypoints.sign_in.routes import SignIn
from ordermill.entrypoints.site import NotBuilt, views
from ordermill.entrypoints.spans import SpansUnusable, span_settings
from ordermill.entrypoints.watching import Watch, now_us
from ordermill.ports.hops import HopSink
from ordermill.ports.journal import StorageFull
from ordermill.runtime.cycle import Host

log = logging.getLogger(__name__)

UNAVAILABLE: Final = 75
"""The exit status when starting again later may help."""

_GUESSABLE: Final = 16
"""Characters that a token needs at least where strangers may try; those we make have 43."""

_SWITCH_INTERVAL_S: Final = 0.0005
_FINISH_S: Final = 10


def main(*, loop_factory: Callable[[], LoopFactory | None] = new_loop, watched: bool = True) -> int:
    """Serve until told to stop; the exit status. Only a benchmark has reason to choose a loop, or not to be `watched`.

    Standard input gives one line, the configuration as JSON (not an argument: it holds a secret), and its end says
    that the supervisor is gone.
    """
    # Orders, mails and tokens are nobody else's on this machine.
    os.umask(0o077)
    config = msgspec.json.decode(sys.stdin.buffer.readline(), type=ServerConfig)
    lines = LogRing(now_us())
    written = start_logging(config.log_level, config.log_format, ring=lines)
    try:
        span_settings(os.environ)
    except SpansUnusable as error:
        return _unusable(str(error))
    # Records are trees without cycles, so what collections find is little, and they hold up every thread.
    gc.set_threshold(20_000, 50, 100)
    # The worker threads are to win the interpreter from a busy loop after each of their statements.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    try:
        listener = _listen(config.host, config.port)
    except OSError as error:
        return _unusable(f"cannot listen on {config.host}:{config.port}: {error.strerror}. {_cure(error)}")
    try:
        return _locked(config, listener, loop_factory(), _ending(written), lines, watched=watched)
    except StorageFull as error:
        print(f"ordermill: storage is unavailable: {error}", file=sys.stderr)
        return UNAVAILABLE
    finally:
        written.flush()


def _locked(
    config: ServerConfig,
    listener: socket.socket,
    loop_factory: LoopFactory | None,
    end: Callable[[int], None],
    lines: LogRing,
    *,
    watched: bool,
) -> int:
    """Serve in the data directory, which nobody else does meanwhile. Raises StorageFull."""
    try:
        directory = DataDirectory(config.data_path, config.url)
    except DirectoryInUse as error:
        return _unusable(f"{error}. Stop that one, or name another folder with --data.")
    except UnusableDirectory as error:
        return _unusable(str(error))
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            token = _staff_token(config, directory)
            return runner.run(_serve(config, directory, token, listener, end, lines, watched=watched))
    except (UnusableDatabase, UnusableDirectory, UnusableModel) as error:
        return _unusable(str(error))
    finally:
        directory.close()


def _ending(written: LogThread) -> Callable[[int], None]:
    """How the process ends when it must at once: with its last words in the log."""

    def end(status: int) -> None:
        written.flush()
        os._exit(status)

    return end


def _unusable(why: str) -> int:
    print(f"ordermill: {why}", file=sys.stderr)
    return UNUSABLE


def _cure(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "Stop what holds it, or choose another with --port."
    return "Choose another with --host or --port."


def _staff_token(config: ServerConfig, directory: DataDirectory) -> str:
    """The operator's or else the directory's. Raises UnusableDirectory where its file cannot be used."""
    if config.staff_token:
        if len(config.staff_token) < _GUESSABLE and client_of(config.host) is not None:
            log.warning("ORDERMILL_STAFF_TOKEN is short enough to be guessed, and others may try: make it longer")
        return config.staff_token
    try:
        return directory.staff_token()
    except (OSError, ValueError) as error:
        raise UnusableDirectory(f"the staff token in {config.data} cannot be read or made: {error}") from error


def uvicorn_config(app: Any, limits: Limits | None = None) -> uvicorn.Config:
    """uvicorn in our own loop: we log, we handle the signals, and open streams end soon after a stop."""
    limits = limits or Limits()
    return uvicorn.Config(
        app,
        http=direct(limits),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=limits.idle_s,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )


def _system(config: ServerConfig, directory: DataDirectory, host: Host, sinks: Sequence[HopSink]) -> LocalSystem:
    """Raises UnusableDirectory where something else has a name that is ours; a full disk may pass, and isn't that."""
    try:
        return for_local(
            directory.database,
            config.settings,
            host,
            payments=directory.payments,
            mail=directory.mail,
            pipeline=config.pipeline,
            clock=SystemClock(config.clock_offset_s),
            sinks=sinks,
            smtp=config.smtp,
            labels=config.labels,
            faults_allowed=config.faults,
        )
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise UnusableDirectory(f"{config.data} cannot be used: {error}; name another folder with --data") from error


async def _serve(
    config: ServerConfig,
    directory: DataDirectory,
    token: str,
    listener: socket.socket,
    end: Callable[[int], None],
    lines: LogRing,
    *,
    watched: bool,
) -> int:
    first = directory.first_hop(now_us())
    loop, watch = asyncio.get_running_loop(), Watch(first, lines, span_settings(os.environ))
    system = _system(config, directory, Loop(loop, end), watch.sinks if watched else ())
    system.start_in(loop)
    await loop.run_in_executor(None, system.engine.wait_started)
    gc.freeze()
    limits = msgspec.structs.replace(config.limits, connections=allowed_connections(config.limits.connections))
    admission = Admission.of(config)
    sign_in = _sign_in(config, directory, token, admission)
    app = App(system, token, config.settings.public_url, admission, watch, sign_in)
    server = _Server(app, limits, lambda: _banner(config, system, sign_in.new_link()[0]), watch.close)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    threading.Thread(target=_follow, args=(loop, server), name="supervisor", daemon=True).start()
    await server.serve([listener])
    await loop.run_in_executor(None, system.close, _FINISH_S)
    await loop.run_in_executor(None, watch.end)
    return 0


def _sign_in(config: ServerConfig, directory: DataDirectory, token: str, admission: Admission) -> SignIn:
    return sign_in_of(
        token,
        config.settings.public_url,
        admission.limits,
        kept=SessionFile(directory.sessions),
        now_ms=SystemClock(config.clock_offset_s).now_ms,
        session_limits=config.sessions,
        issuer=verifier_of(config.issuer),
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers; calls `ready` once it listens."""

    def __init__(self, app: App, limits: Limits, ready: Callable[[], None], end_streams: Callable[[], None]) -> None:
        super().__init__(uvicorn_config(app, limits))
        self._ready, self._end_streams = ready, end_streams
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)

    def stop(self) -> None:
        """Accept nothing more, end what would not end by itself, and let go."""
        self.should_exit = True
        self._end_streams()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: the loop's own handlers call `stop`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    notice_lost_peers(listener)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _follow(loop: asyncio.AbstractEventLoop, server: _Server) -> None:
    """Stop when the supervisor is gone: its end of our standard input closes with it."""
    os.read(sys.stdin.fileno(), 1)
    loop.call_soon_threadsafe(server.stop)


def _banner(config: ServerConfig, system: LocalSystem, link: str) -> None:
    functions = len(system.topology.functions) + len(system.topology.pipelines[system.pipeline].functions)
    url = config.settings.public_url
    lines = [
        f"ordermill {__version__}  local runtime, pipeline {system.pipeline}",
        f"  {functions} functions, {len(system.topology.queues)} queues, data in {config.data}",
        "",
        f"  Storefront  {url}/",
        f"  Console     {url}/console",
        f"  Live view   {url}/console/live",
        f"  API docs    {url}/docs",
        f"  Health      {url}/health",
        f"  Metrics     {url}/metrics",
        f"  Mail        {f'through {config.smtp.name}' if config.smtp else f'{config.data}/mail'}",
        "",
        "  Sign in as staff, once, within 15 minutes; ordermill sign-in prints another link:",
        f"  {link}",
        "",
        *_faults(system),
        *_pages(),
        "  Ctrl-C stops. In another terminal: ordermill demo, ordermill tail",
    ]
    print("\n".join(lines), flush=True)


def _faults(system: LocalSystem) -> list[str]:
    states = system.faults.states()
    names = [name for name, state in states.items() if not state.spent]
    if not names:
        return []
    warn_of(states)
    return [f"  FAULTS ARE SET: {', '.join(names)} (see ordermill faults)", ""]


def _pages() -> list[str]:
    try:
        views()
    except NotBuilt as error:
        log.warning("the pages are not built: %s", error.detail)
        return ["  THE PAGES ARE NOT BUILT: run make web, then start again", ""]
    return []


if __name__ == "__main__":
    sys.exit(main())
