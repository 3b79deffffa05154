"""Progress lines on standard output, one a step, that the platform reads while the job runs."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

PHASES = {
    "loading": (0.0, 4.0),
    "cross_validation": (4.0, 78.0),
    "fitting": (78.0, 88.0),
    "exporting": (88.0, 92.0),
    "checking": (92.0, 100.0),
}
"""Share of the whole, in percent, that each phase covers."""


def write_line(line: str) -> None:
    """One flushed line; a reader that went away does not end the training."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        return


class Progress:
    """Prints `[dandori] progress=42.0 phase=... key=value ...` and keeps the seconds of each phase."""

    def __init__(
        self, write: Callable[[str], None] = write_line, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._monotonic = write, monotonic
        self._lock = threading.Lock()
        self._phase: str | None = None
        self._since = monotonic()
        self._seconds: dict[str, float] = {}

    def step(self, phase: str, share: float, **fields: str | float) -> None:
        """`share` is 0..1 of the phase; numbers among the fields are written with four decimals."""
        first, last = PHASES[phase]
        percent = first + (last - first) * min(max(share, 0.0), 1.0)
        with self._lock:
            self._enter(phase)
            pairs = [f"{k}={v:.4f}" if isinstance(v, float) else f"{k}={v}" for k, v in fields.items()]
            self._write(" ".join([f"[dandori] progress={percent:.1f} phase={phase}", *pairs]))

    def log(self, text: str) -> None:
        """A plain line for the log."""
        with self._lock:
            self._write(text)

    def timings(self) -> dict[str, float]:
        """Seconds spent in each phase so far."""
        with self._lock:
            self._enter(self._phase)
            return {phase: round(seconds, 3) for phase, seconds in self._seconds.items()}

    def _enter(self, phase: str | None) -> None:
        now = self._monotonic()
        if self._phase is not None:
            self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now
