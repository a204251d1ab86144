"""Every target of the service, in order."""

from ..bench import Target
from . import crowd, growth, listeners, mixed, nags, posts, reads, slow, start

ALL: list[Target] = [
    *reads.TARGETS, *posts.TARGETS, *mixed.TARGETS, *listeners.TARGETS, *nags.TARGETS, *crowd.TARGETS,
    *start.TARGETS, *growth.TARGETS, *slow.TARGETS,
]
