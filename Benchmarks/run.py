#!/usr/bin/env python3
"""`make bench`: measures the service against its targets and prints a table; docs/performance.md explains it."""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from harness import machine, page, report, targets
from harness.bench import Bench, Target
from harness.processes import Processes
from harness.report import Row
from harness.servers import BINARY, TOP


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures Drumbeat against its targets.")
    parser.add_argument("--only", default="", help="targets with commas between them: T1,T3")
    parser.add_argument("--quick", action="store_true", help="shorter runs and smaller crowds; for trying, not for the record")
    parser.add_argument("--json", type=Path, default=TOP / ".build/bench.json", help="where the figures go")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


def _chosen(names: str) -> list[Target]:
    wanted = {name.strip().upper() for name in names.split(",") if name.strip()}
    known = {name for target in targets.ALL for name in target.names}
    if unknown := wanted - known:
        sys.exit(f"There is no target {', '.join(sorted(unknown))}. There are {', '.join(sorted(known, key=lambda n: int(n[1:])))}.")
    return [target for target in targets.ALL if not wanted or wanted & set(target.names)]


def _measure(chosen: list[Target], is_quick: bool) -> list[Row]:
    rows: list[Row] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as folder:
        for target in chosen:
            # Each target's servers stop before those of the next start.
            with Processes() as processes:
                bench = Bench(processes, Path(folder), is_quick, began)
                bench.tell(f"{', '.join(target.names)}: {target.about}")
                try:
                    rows += target.measure(bench)
                except RuntimeError as fault:
                    bench.tell(f"{', '.join(target.names)} could not be measured: {fault}")
                    rows.append(Row(target.names[0], target.about, "–", "could not be measured", met=False))
    return rows


def main() -> int:
    arguments = _arguments()
    if not BINARY.exists():
        sys.exit("There is no release build: run make bench, or make build first.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    chosen = _chosen(arguments.only)
    about = machine.describe(TOP)
    rows = _measure(chosen, arguments.quick)
    about["load_after"] = f"{os.getloadavg()[0]:.2f}"
    print(report.table(rows, coloured=sys.stdout.isatty()))
    print("\n" + report.summary(rows))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"machine": about, "rows": report.as_json(rows)}, indent=2, ensure_ascii=False))
    if arguments.write:
        page.write(TOP / "docs/performance.md", about, rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nended; everything that was started has been ended too")
