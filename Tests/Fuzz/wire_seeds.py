"""Writes the wire corpus as seeds of the list HTTP, one file a case: python3 wire_seeds.py FOLDER

The notation of Tests/HTTPTests/wire is told in docs/wire.md. The first byte of a seed picks the decoder: see Decoders.swift.
"""

import hashlib
import json
import pathlib
import sys

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "HTTPTests" / "wire"
# Longer ones cross limits alone, and there are seeds for those.
BYTES_MAX = 2_048


def text(value):
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(text, value))
    return text(value["repeat"]) * value["times"]


def stream(value):
    return text(value).replace("\u2038", "").replace("\u2400", "\0").encode("latin-1")


def seeds(case):
    sent = stream(case["bytes"])
    yield b"0" + sent
    head, _, body = sent.partition(b"\r\n\r\n")
    if b"Transfer-Encoding: chunked" in head and body:
        yield b"2" + body
    parts = head.split(b"\r\n")[0].split(b" ")
    if len(parts) == 3:
        yield b"3" + parts[1]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(CORPUS.glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8")).get("cases", []):
            for seed in seeds(case):
                if len(seed) <= BYTES_MAX:
                    (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


main(pathlib.Path(sys.argv[1]))
