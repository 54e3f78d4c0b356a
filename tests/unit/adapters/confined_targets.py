"""What confined processes are told to run in tests."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys


def echo(data: bytes) -> bytes:
    return data


def environment(data: bytes) -> bytes:
    return repr((dict(os.environ), os.getcwd(), sorted(os.listdir("/proc/self/fd")), sys.flags.isolated)).encode()


def printing(data: bytes) -> bytes:
    print("this is no result")
    return data


def spin(data: bytes) -> bytes:
    while True:
        pass


def linger(data: bytes) -> bytes:
    select.select([], [], [], 60)
    return data


def hoard(data: bytes) -> bytes:
    return bytes(1 << 32)


def flood(data: bytes) -> bytes:
    return bytes(10_000_000)


def chatter(data: bytes) -> bytes:
    for _ in range(1000):
        os.write(2, bytes(10_000))
    return data


def fail(data: bytes) -> bytes:
    raise ValueError(data.decode())


def crash(data: bytes) -> bytes:
    os.abort()


def deaf(data: bytes) -> bytes:
    os.close(0)
    return b"never mind"


def read_file(data: bytes) -> bytes:
    with open(data, "rb") as file:
        return file.read()


def write_file(data: bytes) -> bytes:
    with open(data, "wb") as file:
        file.write(b"x")
    return b""


def remove_file(data: bytes) -> bytes:
    os.remove(data)
    return b""


def connect(data: bytes) -> bytes:
    socket.create_connection(("127.0.0.1", int(data)), timeout=1)
    return b""


def start_process(data: bytes) -> bytes:
    return subprocess.run(["/bin/true"], check=True, capture_output=True).stdout


def fork(data: bytes) -> bytes:
    return str(os.fork()).encode()
