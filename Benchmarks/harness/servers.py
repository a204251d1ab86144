"""The service and its peers: starting them, and sending requests."""

import http.client
import json
import os
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

from .processes import Processes, free_port
from .usage import children

TOP = Path(__file__).resolve().parent.parent.parent
BINARY = TOP / ".build/release/drumbeat"
STATIC_BINARY = TOP / ".build-static/release/drumbeat"
PEER_BINARY = TOP / "Benchmarks/peer/.build/release/peer"


class Drumbeat:
    """A service with its own database."""

    def __init__(
        self, processes: Processes, folder: Path, settings: dict[str, str] | None = None,
        preload: Path | None = None, binary: Path = BINARY,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._processes = processes
        self._binary = binary
        self.port = free_port()
        self.settings = {
            "DRUMBEAT_LISTEN": f"127.0.0.1:{self.port}", "DRUMBEAT_DATABASE": "sqlite:bench.db",
            "DRUMBEAT_ADMIN_TOKEN_FILE": "token", "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            "DRUMBEAT_LOG_FORMAT": "json", "DRUMBEAT_REQUESTS_PER_CONNECTION_MAX": "1000000000",
            "DRUMBEAT_UNAUTHENTICATED_MAX": "1000", **(settings or {}),
        }
        if preload:
            self.settings["LD_PRELOAD"] = str(preload)
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: http.client.HTTPConnection | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "the service runs"
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return (self.folder / "token").read_text().split()[0]

    @property
    def authorization(self) -> str:
        return f"Authorization: Bearer {self.token}"

    def start(self, within: float = 60) -> float:
        """Starts it; returns the seconds until it answered a read with 200."""
        log = self.folder / "log"
        # A first start has no token yet; /readyz needs none.
        path, fields = "/readyz", {}
        if (self.folder / "token").exists():
            path, fields = "/v1/incidents/INC-1", {"Authorization": f"Bearer {self.token}"}
        began = time.monotonic()
        self._process = self._processes.start(self._command(), self.folder, self.settings, log)
        while time.monotonic() - began < within:
            if self._process.poll() is not None:
                break
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=within)
            try:
                connection.request("GET", path, headers=fields)
                if connection.getresponse().status == 200:
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.000_5)
            finally:
                connection.close()
        raise RuntimeError(f"the service did not start: {log.read_text()[-2_000:]}")

    def _command(self) -> list[str]:
        return [str(self._binary), "serve"]

    def stop(self) -> None:
        """Stops it in order."""
        if self._connection:
            self._connection.close()
            self._connection = None
        if self._process:
            self._processes.end(self._process)
            self._process = None

    def call(self, method: str, path: str, body: Any = None) -> tuple[Any, str]:
        """Sends a request as the admin; returns the body's JSON and the entity tag."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        fields = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            fields["Content-Type"] = "application/json"
        self._connection.request(method, path, json.dumps(body) if body is not None else None, fields)
        answer = self._connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text or b"null"), answer.getheader("ETag") or ""

    def declare(self, **more: Any) -> str:
        """Declares an incident whose representation is about 1 KB; returns its ref."""
        incident, _ = self.call("POST", "/v1/incidents", {
            "title": "People cannot sign in", "severity": "minor", "author": "alice",
            "impact": "Many users cannot sign in", "restored_when": "Signing in works for everybody",
            "roles": {"commander": "alice"}, **more})
        return str(incident["ref"])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Reads its database while it runs."""
        connection = sqlite3.connect(f"file:{self.folder}/bench.db?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()


class Nginx:
    """nginx with one worker: `/answer` is a fixed response, `/file` a file with the same bytes."""

    def __init__(self, processes: Processes, folder: Path, body: str) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        (folder / "file").write_text(body)
        quoted = body.replace("\\", "\\\\").replace("'", "\\'").replace("$", "")
        # The open-file cache makes it faster, so the comparison favours it.
        (folder / "nginx.conf").write_text(f"""
            {"user root;" if os.geteuid() == 0 else ""}
            daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; keepalive_requests 1000000000; open_file_cache max=16; default_type application/json;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                server {{
                    listen 127.0.0.1:{self.port};
                    location = /answer {{ add_header ETag '"INC-1.1"'; add_header Cache-Control no-cache; return 200 '{quoted}'; }}
                    location = /file {{ root {folder}; }}
                }}
            }}""")
        binary = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
        self._process = processes.start([binary, "-p", str(folder), "-c", f"{folder}/nginx.conf"], folder,
                                        log=folder / "log")
        self.tag = _wait_for_tag(self.port, "/file", self._process, folder / "log")
        self.pid = children(self._process.pid)[0]
        self.url = f"http://127.0.0.1:{self.port}"


class Hummingbird:
    """The peer from `Benchmarks/peer`, if it was built."""

    tag = '"peer-1"'

    def __init__(self, processes: Processes, folder: Path, body: str) -> None:
        folder.mkdir(parents=True)
        self.port = free_port()
        process = processes.start([str(PEER_BINARY), str(self.port), body], folder, {"LOG_LEVEL": "error"}, folder / "log")
        _wait_for_tag(self.port, "/v1/incidents/INC-1", process, folder / "log")
        self.pid = process.pid
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def is_built() -> bool:
        return PEER_BINARY.exists()


def _wait_for_tag(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> str:
    """Waits until a server answers; returns the entity tag of the response."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status == 200:
                return answer.getheader("ETag") or ""
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"the server on port {port} did not start: {log.read_text()[-2_000:]}")
