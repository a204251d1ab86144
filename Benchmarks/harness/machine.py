"""Description of the machine."""

import os
import platform
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def _first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return "none"
    return ((done.stdout or done.stderr).strip().splitlines() or ["none"])[0]


def describe(top: Path) -> dict[str, str]:
    """Cores, system, program versions, and the load of other processes."""
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    system = [line.split("=", 1)[1].strip('"') for line in Path("/etc/os-release").read_text().splitlines()
              if line.startswith("PRETTY_NAME=")]
    return {
        "measured": datetime.now(timezone.utc).isoformat(timespec="minutes").replace("+00:00", "Z"),
        "commit": _first_line("git", "-C", str(top), "rev-parse", "--short", "HEAD"),
        "cores": f"{os.cpu_count()} × {models[0] if models else platform.machine()}",
        "system": f"{system[0] if system else platform.system()}, Linux {platform.release().split('-')[0]}",
        "nginx": _first_line("/usr/sbin/nginx", "-v").removeprefix("nginx version: "),
        "wrk": _first_line("wrk", "-v").split(" [")[0],
        "swift": _first_line("swift", "--version"),
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }
