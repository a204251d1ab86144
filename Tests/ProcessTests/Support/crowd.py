"""A crowd of clients on loopback: what they saw is printed as one JSON object. Every run ends by itself."""

import asyncio
import json
import os
import resource
import socket
import sys
import time

ADDRESS, TOKEN = sys.argv[2].rsplit(":", 1), sys.argv[3]
HOST, PORT = ADDRESS[0], int(ADDRESS[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def request(method, path, body=None, token=TOKEN):
    text = f"{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
    if body is not None:
        text += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (text + "\r\n" + (body or "")).encode()


async def answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next((int(l[15:]) for l in head.split("\r\n") if l.startswith("content-length:")), 0)
    body = await reader.readexactly(length)
    return int(head.split()[1]), head, body


class Client:
    """One connection, opened again when it was closed; `once` opens one for each request."""

    def __init__(self, once=False):
        self.once, self.streams = once, None

    async def ask(self, *what, **more):
        if self.streams is None:
            self.streams = await asyncio.open_connection(HOST, PORT)
        reader, writer = self.streams
        writer.write(request(*what, **more))
        status, head, body = await asyncio.wait_for(answer(reader), 15)
        if self.once or "connection: close" in head:
            writer.close()
            self.streams = None
        return status, head, body


async def flood(seconds, connections, strangers):
    """Notes as fast as they go, and wrong tokens, while someone declares and raises."""
    end = time.monotonic() + seconds
    seen = {"acked": [], "refused": 0, "refused_without_retry_after": 0, "declared": [], "raised": [], "slowest": 0}

    async def bot(number):
        client, count = Client(), 0
        while time.monotonic() < end:
            count += 1
            text = f"note {number}.{count}"
            status, head, _ = await client.ask("POST", "/v1/incidents/INC-1/timeline", json.dumps({"text": text}))
            if status == 201:
                seen["acked"].append(text)
            elif status == 503:
                seen["refused"] += 1
                seen["refused_without_retry_after"] += "retry-after:" not in head
                await asyncio.sleep(0.02)

    async def stranger():
        while time.monotonic() < end:
            try:
                await Client().ask("GET", "/v1/incidents", token="dbt_wrong")
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(0.02)

    async def human():
        while time.monotonic() < end:
            began = time.monotonic()
            status, _, body = await Client(once=True).ask(
                "POST", "/v1/incidents", '{"title": "x", "severity": "minor"}')
            seen["declared"].append(status)
            ref = json.loads(body).get("ref")
            status, _, _ = await Client(once=True).ask(
                "PUT", f"/v1/incidents/{ref}/severity", '{"severity": "major"}')
            seen["raised"].append(status)
            seen["slowest"] = max(seen["slowest"], (time.monotonic() - began) * 500)
            await asyncio.sleep(0.05)

    tasks = [bot(n) for n in range(connections)] + [stranger() for _ in range(strangers)] + [human()]
    await asyncio.gather(*tasks)
    acked = seen.pop("acked")
    return seen | {"acked": len(acked), "lost": len(set(acked) - await stored())}


async def stored():
    """The texts of INC-1's timeline."""
    texts, after, client = set(), 0, Client()
    while after is not None:
        _, _, body = await client.ask("GET", f"/v1/incidents/INC-1/timeline?limit=200&after={after}")
        page = json.loads(body)
        texts.update(item.get("text") for item in page["items"])
        after = page["next"] if page["items"] else None
    return texts


def part(values, share):
    """The value that so many of them do not exceed."""
    values = sorted(values) or [0]
    return values[min(len(values) - 1, int(len(values) * share))]


async def swamp(seconds, connections, settled):
    """More notes of one token than a slow disk takes, while someone declares, raises and publishes, and another token reads.

    What is refused before so many seconds have gone by is not timed: the service has yet to see how slow its disk is.
    """
    _, _, body = await Client().ask("POST", "/v1/tokens", '{"name": "dashboard", "scope": "read"}')
    reader = json.loads(body)["token"]
    # All of them are known before they begin: a crowd of newcomers would be another test.
    bots, gate = [Client() for _ in range(connections)], asyncio.Semaphore(64)

    async def enter(client):
        async with gate:
            await client.ask("GET", "/v1/incidents/INC-1")

    await asyncio.gather(*map(enter, bots))
    began = time.monotonic()
    acked, refused, others, reads, waits, statuses, unsaid = [], [], [], [], [], [], 0

    async def timed(client, *what, **more):
        start = time.monotonic()
        status, head, body = await client.ask(*what, **more)
        return status, head, body, (time.monotonic() - start) * 1000

    async def bot(number, client):
        nonlocal unsaid
        count = 0
        while time.monotonic() < began + seconds:
            count += 1
            text, late = f"note {number}.{count}", time.monotonic() > began + settled
            what = ("POST", "/v1/incidents/INC-1/timeline", json.dumps({"text": text}))
            status, head, _, took = await timed(client, *what)
            if status == 201:
                acked.append(text)
                waits.append(took)
                continue
            if status not in (429, 503):
                others.append(status)
            unsaid += "retry-after:" not in head
            if late:
                refused.append(took)
            await asyncio.sleep(1)

    async def human():
        while time.monotonic() < began + seconds:
            status, _, body, _ = await timed(Client(True), "POST", "/v1/incidents", '{"title": "x", "severity": "minor"}')
            statuses.append(status)
            path = f"/v1/incidents/{json.loads(body).get('ref')}"
            for what in (("PUT", path + "/severity", '{"severity": "major"}'),
                         ("POST", path + "/status-updates", '{"text": "We look into it. More in ten minutes."}')):
                status, _, _, _ = await timed(Client(True), *what)
                statuses.append(status)

    async def dashboard():
        client = Client()
        while time.monotonic() < began + seconds:
            status, _, _, took = await timed(client, "GET", "/v1/incidents/INC-1", token=reader)
            reads.append(took)
            if status != 200:
                others.append(status)
            await asyncio.sleep(0.05)

    await asyncio.gather(*(bot(*numbered) for numbered in enumerate(bots)), human(), human(), dashboard())
    took = time.monotonic() - began
    return {
        "acked": len(acked), "refused": len(refused), "refused_without_retry_after": unsaid,
        "refusal_p90": part(refused, 0.9), "refusal_slowest": part(refused, 1), "wait_slowest": part(waits, 1),
        "urgent": statuses, "others": others[:5], "reads": len(reads), "read_p99": part(reads, 0.99), "took": took,
        "lost": len(set(acked) - await stored())}


async def honest(seconds):
    """Reads and posts, on kept connections and on new ones."""
    end, took, failures = time.monotonic() + seconds, [], []

    async def worker(once):
        client = Client(once)
        while time.monotonic() < end:
            for what in (("GET", "/v1/incidents/INC-1"), ("POST", "/v1/incidents/INC-1/timeline", '{"text": "x"}')):
                began = time.monotonic()
                try:
                    status, _, _ = await client.ask(*what)
                except Exception as error:
                    client.streams, status = None, repr(error)
                took.append((time.monotonic() - began) * 1000)
                if status not in (200, 201):
                    failures.append(status)
                await asyncio.sleep(0.01)

    await asyncio.gather(worker(False), worker(False), worker(True))
    took.sort()
    return {"requests": len(took), "failures": failures[:5], "p99": took[len(took) * 99 // 100], "slowest": took[-1]}


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def idle(pid, connections):
    """Known connections that say nothing more."""
    await Client().ask("GET", "/healthz")
    before, clients, failed = memory(pid), [], 0
    for _ in range(connections):
        client = Client()
        status, _, _ = await client.ask("GET", "/v1/incidents/INC-1")
        failed += status != 200
        clients.append(client)
    after = memory(pid)
    began = time.monotonic()
    status, _, _ = await Client().ask("GET", "/healthz")
    took = (time.monotonic() - began) * 1000
    return {"failed": failed, "kib_each": (after - before) / connections, "health": status, "health_ms": took}


async def crush(pid, clients):
    """More silent clients than there are descriptors."""
    known = Client()
    first, _, _ = await known.ask("GET", "/v1/incidents/INC-1")
    crowd = []
    for _ in range(clients):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex((HOST, PORT))
        crowd.append(connection)
    await asyncio.sleep(0.5)
    began, spent = time.monotonic(), cpu(pid)
    await asyncio.sleep(1)
    share = (cpu(pid) - spent) / (time.monotonic() - began)
    second, _, _ = await known.ask("POST", "/v1/incidents/INC-1/timeline", '{"text": "still here"}')
    declared, _, _ = await known.ask("POST", "/v1/incidents", '{"title": "y", "severity": "minor"}')
    for connection in crowd:
        connection.close()
    recovered, deadline = 0, time.monotonic() + 10
    while recovered != 200 and time.monotonic() < deadline:
        try:
            recovered, _, _ = await Client(once=True).ask("GET", "/v1/incidents/INC-1")
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
    return {"first": first, "second": second, "declared": declared, "cpu": share, "recovered": recovered}


numbers = [int(text) for text in sys.argv[4:]]
print(json.dumps(asyncio.run({"flood": flood, "swamp": swamp, "honest": honest, "idle": idle, "crush": crush}[sys.argv[1]](*numbers))))
