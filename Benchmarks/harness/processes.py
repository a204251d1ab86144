"""Child processes: started and ended here, each by its id."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType


class Processes:
    """All child processes. Leaving the `with` ends them, also after Ctrl-C."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            self.end(process, signal.SIGKILL)

    def start(
        self, command: list[str], folder: Path, environment: dict[str, str] | None = None,
        log: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a command in its own process group, so that Ctrl-C reaches only this process, which ends the others in order."""
        output = open(log, "ab") if log else subprocess.DEVNULL
        try:
            process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, process_group=0)
        finally:
            if log:
                output.close()
        self._running.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        """Ends a process with its group; kills it when it has not ended within half a minute.

        A master that is killed alone, such as nginx's, leaves its workers running.
        """
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process in self._running:
            self._running.remove(process)


def free_port() -> int:
    """A free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
