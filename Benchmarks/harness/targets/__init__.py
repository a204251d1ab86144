"""Every target of the service, in order."""

from ..bench import Bench, Target
from ..report import Row
from . import crowd, growth, mixed, nags, posts, reads, start


def _not_built(bench: Bench) -> list[Row]:
    return [
        Row("T6", "user memory for an idle stream", "≤ 1 KiB", "not built yet"),
        Row("T7", "one event to 5,000 streams: the last; GET p99", "≤ 45 ms; ≤ 6 ms", "not built yet"),
    ]


ALL: list[Target] = [
    *reads.TARGETS, *posts.TARGETS, *mixed.TARGETS,
    Target(("T6", "T7"), "event streams, which are not built yet", _not_built),
    *nags.TARGETS, *crowd.TARGETS, *start.TARGETS, *growth.TARGETS,
]
