"""What every family is fitted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class FitSettings:
    """
    `hyperparameters` are full and effective; `threads` may change how long a fit takes, never its result.
    `hold_out` says which rows may tell a fit when to stop: any, only the last ones because the rows are in the
    order of time, or none.
    """

    classification: bool
    hyperparameters: dict[str, Any]
    seed: int
    threads: int
    hold_out: Literal["any", "last", "none"] = "any"
