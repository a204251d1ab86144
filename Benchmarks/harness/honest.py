"""Well-behaved clients: each waits for its response, pauses, and sends the next request. Every request is timed."""

import http.client
import threading
import time
from types import TracebackType

REST_S = 0.01
TIMEOUT_S = 15


class Honest:
    """Clients that run during the `with`: reads and posts, on keep-alive and on new connections."""

    def __init__(self, port: int, token: str, each: int = 2) -> None:
        self._port = port
        self._fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.took_ms: list[float] = []
        self.failures: list[str] = []
        self._threads = [
            threading.Thread(target=self._run, args=(method, path, body, is_kept), daemon=True)
            for method, path, body in (("GET", "/v1/incidents/INC-1", None),
                                       ("POST", "/v1/incidents/INC-1/timeline", '{"text": "still here"}'))
            for is_kept in (True, False) for _ in range(each)]

    def __enter__(self) -> "Honest":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(TIMEOUT_S + 5)

    def forget(self) -> None:
        """Discards the measurements so far."""
        with self._lock:
            self.took_ms.clear()
            self.failures.clear()

    def _run(self, method: str, path: str, body: str | None, is_kept: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        while not self._ended.wait(REST_S):
            began = time.monotonic()
            try:
                connection.request(method, path, body, self._fields)
                answer = connection.getresponse()
                answer.read()
                failure = "" if answer.status in (200, 201) else f"{method}: {answer.status}"
            except (OSError, http.client.HTTPException) as error:
                failure = f"{method}: {error!r}"
            took = (time.monotonic() - began) * 1_000
            if failure or not is_kept:
                connection.close()
            with self._lock:
                self.took_ms.append(took)
                if failure:
                    self.failures.append(failure)
        connection.close()
