"""Moments as the API writes them: RFC 3339 in UTC, milliseconds."""

from datetime import datetime, timezone


def text_of(moment: float) -> str:
    """Seconds since 1970 as text."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Text as seconds since 1970."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
