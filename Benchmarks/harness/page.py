"""Rewrites the generated part of a page, between its two markers."""

from pathlib import Path

from . import report
from .report import Row

BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"


def write(path: Path, machine: dict[str, str], rows: list[Row]) -> None:
    """Writes the table and the description of the machine between the markers."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise RuntimeError(f"{path.name} has lost its markers {BEGIN} and {END}")
    about = (
        f"Measured {machine['measured']} at {machine['commit']} on {machine['cores']}, {machine['system']}; {machine['swift']};\n"
        f"{machine['nginx']}, {machine['wrk']}. Load average before {machine['load_before']}, after {machine['load_after']}.")
    path.write_text(f"{before}{BEGIN}\n{about}\n\n{report.markdown(rows)}\n\n{report.summary(rows)}\n{END}{after}")
