"""Results of targets, and their output."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Row:
    """A line of the table."""

    target: str
    what: str
    wanted: str
    ours: str
    peer: str = "–"
    seen: str = ""
    """The value compared with `wanted`: a ratio, or our own figure."""
    met: bool | None = None
    """`None` for an informational line, or one that could not be measured."""
    figures: dict[str, Any] = field(default_factory=dict)
    """The underlying numbers, for the JSON file."""

    @property
    def verdict(self) -> str:
        return {True: "met", False: "MISSED", None: "–"}[self.met]


HEADS = ("", "what", "ours", "peer", "seen", "wanted", "")


def cells(row: Row) -> tuple[str, ...]:
    return (row.target, row.what, row.ours, row.peer, row.seen, row.wanted, row.verdict)


def table(rows: list[Row], coloured: bool) -> str:
    """The rows in columns; verdicts in colour on a terminal."""
    lines = [HEADS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    printed = []
    for line in lines:
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        if coloured and line[-1] in ("met", "MISSED"):
            text = text[: -len(line[-1])] + f"\033[{32 if line[-1] == 'met' else 31}m{line[-1]}\033[0m"
        printed.append(text)
    return "\n".join(printed)


def markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| | what | ours | peer | seen | wanted | |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        verdict = "**missed**" if row.met is False else row.verdict
        lines.append("| " + " | ".join((*cells(row)[:-1], verdict)).replace("  ", " ") + " |")
    return "\n".join(lines)


def summary(rows: list[Row]) -> str:
    """Number of targets met, and the names of the others."""
    judged = [row for row in rows if row.met is not None]
    missed = [f"{row.target} ({row.what}: {row.seen}, wanted {row.wanted})" for row in judged if not row.met]
    text = f"{len(judged) - len(missed)} of {len(judged)} figures are as wanted."
    return text + (" Missed: " + "; ".join(missed) + "." if missed else "")


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
