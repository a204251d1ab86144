"""Medians, percentiles, and the order of runs."""

import statistics
from collections.abc import Callable
from typing import TypeVar

from .load import Measured

Name = TypeVar("Name", bound=str)


def percentile(values: list[float], part: float) -> float:
    """The percentile `part` (0…1), by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def median_of(runs: list[Measured]) -> Measured:
    """The median of each figure over several runs."""
    return Measured(
        requests=round(statistics.median(run.requests for run in runs)),
        per_second=statistics.median(run.per_second for run in runs),
        p50_ms=statistics.median(run.p50_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        cpu_us=statistics.median(run.cpu_us for run in runs))


def alternate(
    rounds: int, sides: dict[Name, Callable[[], Measured]], tell: Callable[[str], None]
) -> dict[Name, list[Measured]]:
    """Runs every side once per round, interleaved, so that noise of the machine affects all of them."""
    seen: dict[Name, list[Measured]] = {name: [] for name in sides}
    for number in range(rounds):
        for name, measure in sides.items():
            run = measure()
            seen[name].append(run)
            tell(f"round {number + 1}/{rounds} {name}: {run.per_second:,.0f}/s, p99 {run.p99_ms:.2f} ms,"
                 f" {run.cpu_us:.1f} µs CPU")
    return seen


def ratio(
    ours: list[Measured], peer: list[Measured], figure: Callable[[Measured], float]
) -> float:
    """The median of the rounds' ratios: each pair was measured together, so its ratio is more stable than either figure."""
    return statistics.median(figure(a) / figure(b) for a, b in zip(ours, peer, strict=True))
