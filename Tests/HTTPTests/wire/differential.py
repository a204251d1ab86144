"""Gives the streams of DifferentialTests to httptools (llhttp, strict) and h11, and compares what each of them read.

    python3 differential.py VERDICTS DIFFERENCES

VERDICTS has one JSON object a line: where a stream is from, its bytes, what Drumbeat read, and how it ended. DIFFERENCES lists the
classes of difference that are understood; one that is not listed, and one that is listed and does not occur, are failures.
"""

import collections
import json
import re
import sys

import h11
import httptools


class Message:
    """A request as llhttp tells of it, piece by piece."""

    def __init__(self):
        self.target, self.fields, self.body, self.head_done = b"", [], b"", False


class Llhttp:
    def __init__(self):
        self.parser = httptools.HttpRequestParser(self)
        self.messages, self.refusal, self.message = [], None, Message()

    def on_message_begin(self):
        self.message = Message()

    def on_url(self, piece):
        self.message.target += piece

    def on_header(self, name, value):
        # Fields behind the head are trailers.
        if not self.message.head_done:
            self.message.fields.append((name, value))

    def on_headers_complete(self):
        self.message.head_done = True
        self.message.method, self.message.version = self.parser.get_method(), self.parser.get_http_version()

    def on_body(self, piece):
        self.message.body += piece

    def on_message_complete(self):
        one = self.message
        self.messages.append(request(one.method, one.target, one.version, one.fields, one.body))

    def read(self, data):
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refusal = "left to another protocol"
        except httptools.HttpParserError as error:
            self.refusal = re.sub(r"b'.*'|b\".*\"", "…", str(error)) or type(error).__name__
        return self.messages, self.refusal


class H11:
    def read(self, data):
        messages = []
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        try:
            connection.receive_data(data)
            while True:
                event = connection.next_event()
                # No bytes at all are the end of the stream to it.
                if event is h11.NEED_DATA or event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                    return messages, None
                if isinstance(event, h11.Request):
                    head, body = event, b""
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    messages.append(
                        request(head.method, head.target, head.http_version.decode(), head.headers, body)
                    )
                    # It reads the next request only after an answer to this one.
                    connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
                    connection.send(h11.EndOfMessage())
                    if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                        return messages, "closes"
                    connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            return messages, re.sub(r"b'.*'|b\".*\"|bytearray\(.*\)|[0-9]+", "…", str(error))


def request(method, target, version, fields, body):
    """What is compared: the authority of an absolute form, white space around values and bytes that are no UTF-8 are not."""
    target = re.sub(rb"(?i)^https?://[^/?]*", b"", bytes(target))
    if target[:1] not in (b"/", b"*"):
        target = b"/" + target
    named = [(n.decode().lower(), bytes(v).strip(b" \t").decode("utf-8", "replace")) for n, v in fields]
    return (method.decode(), target.decode("latin-1"), version, plain(named), bytes(body))


def plain(fields):
    """h11 gives the name of a coding in lower case, which is the same coding."""
    return [(name, value.lower() if name == "transfer-encoding" else value) for name, value in fields]


def ours(line):
    def read(message):
        method, target, version, fields, body = message
        named = [(bytes.fromhex(n).decode(), bytes.fromhex(v).decode()) for n, v in fields]
        return (method, bytes.fromhex(target).decode("latin-1"), version, plain(named), bytes.fromhex(body))

    return [read(message) for message in line["messages"]]


PARTS = ["method", "target", "version", "fields", "body"]


def difference(we, end, they, refusal):
    """The direction and the reason of the first difference, or nothing."""
    for index, message in enumerate(we):
        if index >= len(they):
            return "we accept", refusal or "waits for more"
        for part, mine, theirs in zip(PARTS, message, they[index]):
            if mine != theirs:
                return "another " + part, "both accept"
    if len(they) > len(we):
        return "they accept", end
    return None


def main():
    classes = json.load(open(sys.argv[2]))["differences"]
    listed = {(parser, d["direction"], d["reason"]) for d in classes for parser in d["parsers"]}
    seen, first, compared, agreed = collections.Counter(), {}, 0, collections.Counter()
    for text in open(sys.argv[1]):
        line = json.loads(text)
        data, we = bytes.fromhex(line["bytes"]), ours(line)
        compared += 1
        for name, parser in ("httptools", Llhttp()), ("h11", H11()):
            they, refusal = parser.read(data)
            found = difference(we, line["end"], they, refusal)
            if found is None:
                agreed[name] += len(we)
                continue
            key = (name, *found)
            seen[key] += 1
            first.setdefault(key, (line["from"], data[:200]))
    print(f"streams {compared}, requests framed alike: {dict(agreed)}")
    for key, count in sorted(seen.items()):
        mark = "  " if key in listed else "??"
        print(mark, count, json.dumps(key, ensure_ascii=False), "" if key in listed else first[key])
    for key in sorted(listed - set(seen)):
        print("!! listed, but does not occur:", json.dumps(key, ensure_ascii=False))
    return 0 if set(seen) == listed and compared else 1


sys.exit(main())
