"""One greedy client beside an admin who declares and a nag that comes due: what the admin saw is printed as one JSON object.

Every run ends by itself. greedy.py CASE ADDRESS TOKEN PID CONNECTIONS
"""

import http.client
import json
import resource
import socket
import sys
import threading
import time

CASE, ADDRESS, TOKEN, PID, COUNT = sys.argv[1], sys.argv[2].rsplit(":", 1), sys.argv[3], sys.argv[4], int(sys.argv[5])
HOST, PORT = ADDRESS[0], int(ADDRESS[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def ask(method, path, body=None, token=TOKEN):
    connection = http.client.HTTPConnection(HOST, PORT, timeout=15)
    fields = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    connection.request(method, path, None if body is None else json.dumps(body), fields)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text else {}


def dial(small=False):
    connection = socket.socket()
    if small:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.connect((HOST, PORT))
    return connection


def head(method, path, token, more=""):
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n{more}\r\n".encode()


held, ended = [], threading.Event()


def hold(data, small=False):
    """Opens all connections and sends on each; they stay open to the end."""
    for _ in range(COUNT):
        try:
            connection = dial(small)
            connection.sendall(data)
            held.append(connection)
        except OSError:
            time.sleep(0.001)


def repeat(data, threads):
    """Sends as fast as the answers are read, on so many connections."""
    def flood():
        while not ended.is_set():
            try:
                connection = dial()
                connection.sendall(data)
                while not ended.is_set() and connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                time.sleep(0.001)
    for _ in range(threads):
        threading.Thread(target=flood, daemon=True).start()


def trickle():
    """A byte on each held connection now and then."""
    def feed():
        while not ended.wait(0.5):
            for connection in held:
                try:
                    connection.sendall(b" ")
                except OSError:
                    pass
    threading.Thread(target=feed, daemon=True).start()


def begin(case, token, poster):
    if case == "streams":
        hold(head("GET", "/v1/events", token))
    elif case == "polls":
        hold(head("GET", "/v1/incidents/INC-1/timeline?after=2000000000&wait=55", token))
    elif case == "readers":
        hold(head("GET", "/v1/incidents/INC-1/timeline?limit=200", token), small=True)
    elif case == "bodies":
        fields = "Content-Type: application/json\r\nContent-Length: 250000\r\n"
        hold(head("POST", "/v1/incidents/INC-1/timeline", poster, fields) + b" " * 240000)
        trickle()
    elif case == "refusals":
        repeat(b"GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n" * 16, 8)
        repeat(head("GET", "/v1/incidents/INC-99", token) * 16, 8)
    elif case == "labels":
        labels = "&".join(f"label=k{number}:no" for number in range(10))
        repeat(head("GET", f"/v1/incidents?{labels}", token) * 16, 8)


def memory():
    with open(f"/proc/{PID}/status") as status:
        return max(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) // 1024


def seconds(text):
    hours, minutes, rest = text[11:-1].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


seen = {"declared": [], "times": [], "nags": 0, "nag_latest": 0, "memory": 0, "healthy": []}
reader, poster = (ask("POST", "/v1/tokens", {"name": name, "scope": scope})[1]["token"]
                  for name, scope in (("greedy", "read"), ("greedy-post", "post")))
ask("POST", "/v1/incidents", {"title": "x", "severity": "minor"})
for _ in range(12):
    ask("POST", "/v1/incidents/INC-1/timeline", {"text": "\x1b" * 16000})
begin(CASE, reader, poster)
refs = []
for _ in range(4):
    began = time.monotonic()
    try:
        status, incident = ask("POST", "/v1/incidents", {"title": "x", "severity": "minor"})
        seen["times"].append(round((time.monotonic() - began) * 1000))
        refs.append(incident.get("ref"))
        seen["healthy"].append(ask("GET", "/healthz", token=None)[0])
    except OSError:
        status = 0
    seen["declared"].append(status)
    seen["memory"] = max(seen["memory"], memory())
    time.sleep(0.4)
# The first update is due after a second: all nags must be there two seconds after that.
time.sleep(2)
for ref in filter(None, refs):
    _, page = ask("GET", f"/v1/incidents/{ref}/timeline?kind=nag_sent")
    for nag in page["items"][:1]:
        seen["nags"] += 1
        late = seconds(nag["recorded_at"]) - seconds(nag["data"]["due_at"])
        seen["nag_latest"] = max(seen["nag_latest"], late % 86400)
seen["memory"] = max(seen["memory"], memory())
seen["held"] = len(held)
ended.set()
print(json.dumps(seen))
