"""Runs wrk against a server, and measures both."""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .usage import cpu_seconds

SCRIPTS = Path(__file__).resolve().parent.parent / "wrk"


@dataclass
class Load:
    """Parameters of a wrk run."""

    url: str
    connections: int = 64
    script: str = "report"
    arguments: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def command(self, seconds: float) -> list[str]:
        words = ["wrk", "--threads", "1", "--connections", str(self.connections),
                 "--duration", f"{max(1, round(seconds))}s", "--timeout", "20s",
                 "--script", str(SCRIPTS / f"{self.script}.lua")]
        for field in self.fields:
            words += ["--header", field]
        return words + [self.url, "--", *self.arguments]


@dataclass
class Measured:
    """Result of a wrk run. Rates exclude refused requests."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """CPU time of the server per request."""


class Running:
    """wrk running in the background."""

    def __init__(self, load: Load, seconds: float, server: int) -> None:
        self._load = load
        self._server = server
        self._cpu = cpu_seconds(server)
        self._process = subprocess.Popen(
            load.command(seconds), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "BENCH_WRK": str(SCRIPTS)}, process_group=0)
        self._limit = seconds + 60

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def wait(self) -> Measured:
        """Waits for the end. A refusal or a broken connection invalidates the figures, so it is an error."""
        output, _ = self._process.communicate(timeout=self._limit)
        cpu = cpu_seconds(self._server) - self._cpu
        lines = [line for line in output.splitlines() if line.startswith("{")]
        if self._process.returncode != 0 or not lines:
            raise RuntimeError(f"wrk failed on {self._load.url}:\n{output}")
        seen = json.loads(lines[-1])
        if seen["refused"] or seen["broken"] or not seen["requests"]:
            raise RuntimeError(f"wrk met refusals or broken connections on {self._load.url}: {lines[-1]}")
        return Measured(
            requests=seen["requests"], per_second=seen["requests"] / seen["seconds"],
            p50_ms=seen["p50_us"] / 1_000, p99_ms=seen["p99_us"] / 1_000,
            cpu_us=cpu * 1e6 / seen["requests"])


def run(load: Load, seconds: float, server: int) -> Measured:
    """Runs to the end; `server` is the process whose CPU time is read."""
    with Running(load, seconds, server) as running:
        return running.wait()


def settle() -> None:
    """Pause between two runs: closed connections are cleaned up, and the server does its idle work."""
    time.sleep(0.3)
