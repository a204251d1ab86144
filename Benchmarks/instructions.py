#!/usr/bin/env python3
"""Instructions that a read costs us in user space, counted by valgrind, which no load of the machine touches.

    python3 -B Benchmarks/instructions.py [--profile FILE]

With --profile the counts by function of the GET are kept, for callgrind_annotate."""

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.processes import Processes, free_port
from harness.servers import BINARY, Drumbeat

COUNT = 500


class Counted(Drumbeat):
    """A service within callgrind, which counts only when it is told to."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        super().__init__(processes, folder)
        self._folder = folder

    def _command(self) -> list[str]:
        return ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={self._folder}/counts.%p",
                str(BINARY), "serve"]

    def count(self, requests: "Requests", times: int) -> tuple[int, Path]:
        """The instructions of that many requests, and the file that says where they went."""
        requests.make(50)
        self._control("-i", "on")
        # The first ones after switching on pay for making the instrumented code, in time but not in counts.
        requests.make(times)
        self._control("-d")
        self._control("-i", "off")
        newest = max(self._folder.glob(f"counts.{self.pid}.*"), key=lambda file: int(file.suffix[1:]))
        found = re.search(r"^totals: (\d+)", newest.read_text(), re.MULTILINE)
        assert found, "callgrind wrote no sum"
        return int(found.group(1)), newest

    def _control(self, *words: str) -> None:
        subprocess.run(["callgrind_control", *words, str(self.pid)], check=True, stdout=subprocess.DEVNULL)


class Requests:
    """One request, again and again on a kept connection, in the words of wrk."""

    def __init__(self, port: int, path: str, *fields: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]
        self._request = "\r\n".join(lines).encode()

    def make(self, times: int) -> None:
        for _ in range(times):
            self._socket.sendall(self._request)
            answer = self._socket.recv(65_536)
            assert answer[9:12] in (b"200", b"304"), answer

    def close(self) -> None:
        self._socket.close()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--profile", type=Path)
    profile = arguments.parse_args().profile
    with tempfile.TemporaryDirectory(prefix="drumbeat-count-") as folder, Processes() as processes:
        service = Counted(processes, Path(folder) / "service")
        service.start(within=300)
        service.declare()
        _, tag = service.call("GET", "/v1/incidents/INC-1")
        _, list_tag = service.call("GET", "/v1/incidents")
        for name, path, fields in [
            ("GET", "/v1/incidents/INC-1", []),
            ("304", "/v1/incidents/INC-1", [f"If-None-Match: {tag}"]),
            ("304 of the list", "/v1/incidents", [f"If-None-Match: {list_tag}"]),
        ]:
            requests = Requests(service.port, path, service.authorization, *fields)
            few, _ = service.count(requests, COUNT)
            many, file = service.count(requests, 3 * COUNT)
            print(f"{name}: {(many - few) / (2 * COUNT):,.0f} instructions", flush=True)
            if profile and name == "GET":
                profile.write_bytes(file.read_bytes())
            requests.close()
        service.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
