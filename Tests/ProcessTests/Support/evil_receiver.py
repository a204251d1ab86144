"""One receiver with more than twenty bad manners, each behind a port of its own on 127.0.0.1 (faults.md, F16).

Usage: evil_receiver.py FOLDER. Makes its certificates in FOLDER (authority.pem is the one to trust), prints a line of JSON that maps
each manner to its URL, and ends when its standard input does.
"""

import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from email.utils import formatdate

MANNERS = {}
KEPT = []  # Sockets that must stay open, or bound, as long as we live.
OK = b"HTTP/1.1 200 OK\r\n"


def manner(function):
    MANNERS[function.__name__] = function
    return function


def read_request(connection):
    """Reads one request to the end of its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return
        data += piece
    head, body = data.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return
        body += piece


def wait_for_close(connection):
    while connection.recv(65536):
        pass


def answer(status, *fields, body=b""):
    def behave(connection):
        read_request(connection)
        head = b"".join(field.encode() + b"\r\n" for field in (f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", *fields))
        connection.sendall(head + b"\r\n" + body)

    return behave


MANNERS["status_500"] = answer(500, body=b"\x1b[31mno\x00 \xff luck")
MANNERS["status_503"] = answer(503, "Retry-After: 1")
MANNERS["throttling_seconds"] = answer(429, "Retry-After: 1")
MANNERS["throttling_nonsense"] = answer(429, "Retry-After: soon, " + "9" * 500)
MANNERS["gone"] = answer(410)
MANNERS["no_content_with_body"] = answer(204, body=b"surprise")
MANNERS["both_framings"] = answer(200, "Transfer-Encoding: chunked", body=b"0\r\n\r\nHTTP/1.1 500 x\r\n\r\n")
MANNERS["negative_length"] = answer(200, "Content-Length: -5")
MANNERS["huge_chunk"] = lambda c: (read_request(c), c.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nx"))


@manner
def throttling_date(connection):
    read_request(connection)
    date = formatdate(time.time() + 2, usegmt=True)
    connection.sendall(f"HTTP/1.1 429 x\r\nContent-Length: 0\r\nRetry-After: {date}\r\n\r\n".encode())


@manner
def redirect_loop(connection):
    read_request(connection)
    port = connection.getsockname()[1]
    connection.sendall(f"HTTP/1.1 301 x\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:{port}/hook\r\n\r\n".encode())


@manner
def reset(connection):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@manner
def silent(connection):
    read_request(connection)
    wait_for_close(connection)


@manner
def never_reads(connection):
    while True:
        time.sleep(60)


@manner
def one_byte_a_second(connection):
    read_request(connection)
    for byte in OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(1)


@manner
def slow_body(connection):
    read_request(connection)
    connection.sendall(b"HTTP/1.1 500 x\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(1)


@manner
def slow_headers(connection):
    read_request(connection)
    connection.sendall(OK)
    for number in range(1000):
        connection.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.2)


@manner
def endless_body(connection):
    read_request(connection)
    connection.sendall(OK + b"\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@manner
def ten_gibibytes(connection):
    read_request(connection)
    connection.sendall(b"HTTP/1.1 500 x\r\nContent-Length: 10737418240\r\n\r\n")
    for _ in range(163840):
        connection.sendall(b"x" * 65536)


@manner
def hundred_thousand_headers(connection):
    read_request(connection)
    connection.sendall(OK + b"".join(b"X-%d: y\r\n" % number for number in range(100_000)) + b"\r\n")


@manner
def giant_header(connection):
    read_request(connection)
    connection.sendall(OK + b"X: ")
    for _ in range(1024):
        connection.sendall(b"y" * 65536)


@manner
def endless_interim(connection):
    read_request(connection)
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


@manner
def closes_in_status_line(connection):
    read_request(connection)
    connection.sendall(b"HTTP/1.1 2")


@manner
def closes_at_once(connection):
    read_request(connection)


@manner
def garbage(connection):
    read_request(connection)
    connection.sendall(bytes(range(256)) * 64)


# What goes wrong before HTTP begins. Their URLs say https.


@manner
def tls_closes_in_handshake(connection):
    connection.recv(1)


@manner
def tls_never_answers(connection):
    wait_for_close(connection)


@manner
def tls_is_plain_http(connection):
    connection.recv(4096)
    connection.sendall(OK + b"Content-Length: 0\r\n\r\n")


def behind_tls(context):
    def behave(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            read_request(secure)
            secure.sendall(OK + b"Content-Length: 0\r\n\r\n")

    return behave


def make_certificates(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]
    openssl("req", "-x509", *new, "/CN=authority", "-days", "2", "-keyout", "authority.key", "-out", "authority.pem")
    openssl("req", "-x509", *new, "/CN=self", "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "self.key", "-out", "self.pem")
    openssl("req", *new, "/CN=leaf", "-keyout", "leaf.key", "-out", "leaf.csr")
    for name, alternative, days in [("good", "IP:127.0.0.1", "2"), ("name", "DNS:other.example", "2"), ("expired", "IP:127.0.0.1", "-1")]:
        with open(os.path.join(folder, name + ".ext"), "w") as file:
            file.write("subjectAltName=" + alternative + "\n")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", days, "-extfile", name + ".ext", "-out", name + ".pem")

    def context(certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, certificate), os.path.join(folder, key))
        return context

    MANNERS["tls_self_signed"] = behind_tls(context("self.pem", "self.key"))
    MANNERS["tls_wrong_name"] = behind_tls(context("name.pem", "leaf.key"))
    MANNERS["tls_expired"] = behind_tls(context("expired.pem", "leaf.key"))
    old = context("good.pem", "leaf.key")
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1
    MANNERS["tls_1_0"] = behind_tls(old)
    # Good manners behind TLS, so that the others fail for what they are.
    MANNERS["tls_good"] = behind_tls(context("good.pem", "leaf.key"))


def serve(behave, connection):
    try:
        with connection:
            behave(connection)
    except OSError:
        pass


def listen(behave):
    server = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept():
        while True:
            connection = server.accept()[0]
            threading.Thread(target=serve, args=[behave, connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def refusing_port():
    """Bound and not listening: a connection is refused."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    KEPT.append(server)
    return server.getsockname()[1]


def black_hole_port():
    """Listening with a full backlog: the kernel drops what comes, and no one ever answers."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    KEPT.append(server)
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(server.getsockname())
        KEPT.append(filler)
    return server.getsockname()[1]


def main():
    make_certificates(sys.argv[1])
    ports = {name: listen(behave) for name, behave in MANNERS.items()}
    ports["refused"] = refusing_port()
    ports["black_hole"] = black_hole_port()
    urls = {name: f"{'https' if name.startswith('tls_') else 'http'}://127.0.0.1:{port}/hook" for name, port in ports.items()}
    print(json.dumps(urls), flush=True)
    sys.stdin.read()
    os._exit(0)


main()
