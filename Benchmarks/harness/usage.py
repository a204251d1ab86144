"""Resource usage of a process, from /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads so far."""
    # The name before the last bracket may contain blanks.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mib(pid: int) -> float:
    """Resident memory, shared pages included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} has ended")


def thread_times(pid: int) -> dict[str, tuple[int, int]]:
    """Per thread name: nanoseconds of CPU time, and how often the thread was scheduled. Threads of the same name are summed."""
    times: dict[str, tuple[int, int]] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        nanoseconds, _, slices = map(int, (task / "schedstat").read_text().split())
        before = times.get(name, (0, 0))
        times[name] = (before[0] + nanoseconds, before[1] + slices)
    return times


def cpu_milliseconds(pid: int) -> float:
    """CPU time to the microsecond, for a process whose threads all still run."""
    return sum(nanoseconds for nanoseconds, _ in thread_times(pid).values()) / 1e6


def children(pid: int) -> list[int]:
    """Its child processes."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
