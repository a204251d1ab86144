"""Context of a measurement: folder, duration, progress messages."""

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
    """Start of the whole run, on the monotonic clock."""

    @property
    def rounds(self) -> int:
        return 3 if self.is_quick else 5

    @property
    def seconds(self) -> float:
        """Duration of one load run."""
        return 1 if self.is_quick else 3

    def tell(self, text: str) -> None:
        """Reports progress on standard error."""
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        print(f"{minutes:3}:{seconds:02}  {text}", file=sys.stderr, flush=True)

    def fresh(self, name: str) -> Path:
        """A path for a new folder."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        return path

    def compiled(self, source: Path, shared: bool = True) -> Path:
        """Compiles a C file of this folder, as a library to preload or as a program."""
        product = self.folder / (f"{source.stem}.so" if shared else source.stem)
        if not product.exists():
            kind = ["-shared", "-fPIC"] if shared else []
            subprocess.run(["cc", "-O2", *kind, "-o", str(product), str(source), "-ldl"], check=True)
        return product


@dataclass(frozen=True)
class Target:
    """A measurement: its targets, and how they are measured."""

    names: tuple[str, ...]
    about: str
    measure: Callable[[Bench], list[Row]]
