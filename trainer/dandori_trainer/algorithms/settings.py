"""What every family is fitted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FitSettings:
    """`hyperparameters` are full and effective; `threads` may change how long a fit takes, never its result."""

    classification: bool
    hyperparameters: dict[str, Any]
    seed: int
    threads: int
