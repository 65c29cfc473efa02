"""A process of the fork server with the face of one that asyncio has started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Protocol

from tests.support.fork_server import PROCESSES, Program

MAX_OUTPUT = 2**24
"""Bytes of a stream that are kept although no one reads them, so that the program does not wait for a reader."""


class RunningProcess(Protocol):
    """What tests use of `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdin(self) -> asyncio.StreamWriter | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    @property
    def stderr(self) -> asyncio.StreamReader | None: ...

    def send_signal(self, number: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...
    async def communicate(self) -> tuple[bytes, bytes]: ...


class ForkedProcess:
    """A program that runs; its three streams are pipes. `pid` and `returncode` are as in `subprocess`."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    def __init__(self, program: Program) -> None:
        self._ends = [PROCESSES.Pipe(duplex=False) for _ in range(3)]
        (read_input, self._input), (self._output, write_output), (self._errors, write_errors) = self._ends
        theirs = (read_input, write_output, write_errors)
        self._process = PROCESSES.Process(target=_be, args=(program, *theirs), daemon=True)
        self._process.start()
        for end in theirs:
            end.close()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._on_end)
        assert self._process.pid is not None
        self.pid = self._process.pid

    async def open_streams(self) -> None:
        """Connect the pipes to the event loop."""
        self.stdin = await _writer(self._input)
        self.stdout, self.stderr = await _reader(self._output), await _reader(self._errors)

    @property
    def returncode(self) -> int | None:
        """The exit status, or None while it runs; of a signal its negative number."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end; return its exit status."""
        await self._ended.wait()
        status = self.returncode
        assert status is not None
        return status

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read both streams to their ends, and wait for its end."""
        out, errors, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, errors

    def _on_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()


def _be(program: Program, *streams: Connection) -> None:
    stdin, stdout, stderr = (stream.fileno() for stream in streams)
    program.be(stdin, stdout, stderr)


async def _reader(end: Connection) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=MAX_OUTPUT)
    pipe = os.fdopen(os.dup(end.fileno()), "rb", 0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    end.close()
    return reader


async def _writer(end: Connection) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    pipe = os.fdopen(os.dup(end.fileno()), "wb", 0)
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport, _ = await loop.connect_write_pipe(lambda: protocol, pipe)
    end.close()
    return asyncio.StreamWriter(transport, protocol, None, loop)


@asynccontextmanager
async def forked(program: Program) -> AsyncIterator[ForkedProcess]:
    """Run a program within; it is killed at the end if it has not ended by itself."""
    process = ForkedProcess(program)
    try:
        await process.open_streams()
        yield process
    finally:
        process.kill()
        await process.wait()
