"""What every target's measurement gets: where to work, how long, whom to tell."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .processes import Processes
from .report import Row


@dataclass
class Bench:
    """One run of the bench."""

    processes: Processes
    folder: Path
    """A temporary folder; each measurement takes folders of its own in it."""
    is_quick: bool
    began: float
    """When the whole run began, on the monotonic clock."""

    @property
    def rounds(self) -> int:
        return 3 if self.is_quick else 5

    @property
    def seconds(self) -> float:
        """How long one run of a load takes."""
        return 1 if self.is_quick else 3

    def tell(self, text: str) -> None:
        """Says on standard error what is going on."""
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        print(f"{minutes:3}:{seconds:02}  {text}", file=sys.stderr, flush=True)

    def fresh(self, name: str) -> Path:
        """A folder that is not there yet."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def compiled(self, source: Path, shared: bool = True) -> Path:
        """A C file of ours, as a library that can be preloaded, or as a program."""
        product = self.folder / (f"{source.stem}.so" if shared else source.stem)
        if not product.exists():
            kind = ["-shared", "-fPIC"] if shared else []
            subprocess.run(["cc", "-O2", *kind, "-o", str(product), str(source), "-ldl"], check=True)
        return product


@dataclass(frozen=True)
class Target:
    """A measurement: which targets it judges, and how."""

    names: tuple[str, ...]
    about: str
    measure: Callable[[Bench], list[Row]]
