"""T9 and T12: 100,000 open incidents: a thousand due at once, an idle tick, memory."""

import subprocess
import time

from ..bench import Bench, Target
from ..figures import percentile
from ..load import Load, run
from ..receiver import Receiver
from ..report import Row
from ..servers import TOP, Drumbeat
from ..usage import resident_mib, thread_times
from .nags import promise_update, wait_for_nags

DUE_AT_ONCE = 1_000


def declare_many(bench: Bench, service: Drumbeat, count: int) -> None:
    """Declares that many incidents, plus a few that were in flight."""
    while (declared := int(service.rows("SELECT COUNT(*) FROM incidents")[0][0])) < count:
        bench.tell(f"{declared:,} of {count:,} incidents are declared")
        run(Load(service.url, script="declare", arguments=(service.token, str(count - declared))), 2, service.pid)
    bench.tell(f"{declared:,} incidents are declared")


def measure_crowd(bench: Bench) -> list[Row]:
    count = 20_000 if bench.is_quick else 100_000
    bench.tell(f"T9, T12: {count:,} open incidents")
    with Receiver() as receiver:
        service = Drumbeat(bench.processes, bench.fresh("T9"), {
            "DRUMBEAT_FIRST_UPDATE": "7d", "DRUMBEAT_INTERVAL": "7d", "DRUMBEAT_LOG_LEVEL": "warning"})
        service.start()
        service.call("POST", "/v1/webhooks", {"url": receiver.url, "events": ["update.overdue"]})
        declare_many(bench, service, count)
        declared_mib = resident_mib(service.pid)
        rows = _due_at_once(bench, service, receiver, count) + [_idle_tick(bench, service, count)]
        service.stop()
    started = service.start()
    time.sleep(3)
    restarted_mib = resident_mib(service.pid)
    service.stop()
    bench.tell(f"a restart with {count:,} open incidents took {started:.2f} s")
    most = max(declared_mib, restarted_mib)
    rows.append(Row(
        "T12", f"memory with {count:,} open incidents", "≤ 250 MB", f"{restarted_mib:.0f} MiB after a restart", "–",
        f"{most:.0f} MiB", most * 1.048576 <= 250,
        {"declared_mib": declared_mib, "restarted_mib": restarted_mib, "restart_s": started}))
    return rows


def _due_at_once(bench: Bench, service: Drumbeat, receiver: Receiver, count: int) -> list[Row]:
    moment = round(time.time() + 8, 3)
    due = {number: moment for number in range(1, DUE_AT_ONCE + 1)}
    for number in due:
        promise_update(service, number, moment)
    if time.time() > moment - 1:
        raise RuntimeError("the machine is too slow: the deadline came before all were set")
    late = wait_for_nags(service, due, 30)
    deadline = time.monotonic() + 30
    while len(receiver.arrivals) < DUE_AT_ONCE and time.monotonic() < deadline:
        time.sleep(0.1)
    arrived = [(arrival.moment - moment) * 1_000 for arrival in receiver.arrivals]
    bench.tell(f"the last of {DUE_AT_ONCE:,} nags: its row after {max(late):.0f} ms, at the receiver after {max(arrived):.0f} ms")
    return [
        Row("T9", f"{DUE_AT_ONCE:,} of {count:,} due at once: the last row", "≤ 1 s", f"p50 {percentile(late, 0.5):.0f} ms",
            "–", f"{max(late):.0f} ms", max(late) <= 1_000, {"max_ms": max(late)}),
        Row("T9", f"the last of these {DUE_AT_ONCE:,} at the receiver", "–", f"p50 {percentile(arrived, 0.5):.0f} ms", "–",
            f"{max(arrived):.0f} ms", None, {"max_ms": max(arrived), "arrived": len(arrived)})]


def _idle_tick(bench: Bench, service: Drumbeat, count: int) -> Row:
    """CPU time of the scheduler's thread per scheduling, which is once a tick."""
    seconds = 5 if bench.is_quick else 20
    time.sleep(3)
    bare = subprocess.Popen(
        [str(bench.compiled(TOP / "Benchmarks/wakeup.c", shared=False)), str(seconds)], stdout=subprocess.PIPE, text=True)
    before = thread_times(service.pid)
    bare_us = int(bare.communicate(timeout=seconds + 30)[0]) / 1_000
    after = thread_times(service.pid)
    spent, ticks = (after["scheduler"][part] - before["scheduler"][part] for part in (0, 1))
    tick_us = spent / max(1, ticks) / 1_000
    all_us = sum(after[name][0] - before.get(name, (0, 0))[0] for name in after) / seconds / 1_000
    own_us = tick_us - bare_us
    bench.tell(f"all threads of the idle service together: {all_us:.0f} µs a second")
    return Row(
        "T9", f"an idle tick, {count:,} open: less a bare wake-up", "< 10 µs", f"{tick_us:.1f} µs", f"{bare_us:.1f} µs",
        f"{own_us:.1f} µs", own_us < 10,
        {"tick_us": tick_us, "bare_us": bare_us, "ticks": ticks, "process_us_per_second": all_us})


TARGETS = [Target(("T9", "T12"), "100,000 open incidents", measure_crowd)]
