"""The tree of a SageMaker training container, rooted anywhere."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import TrainerError


@dataclass(frozen=True)
class ContainerPaths:
    """Where the contract's files are; `root` is `/opt/ml` in a container."""

    root: Path

    @staticmethod
    def from_environment() -> ContainerPaths:
        """`DANDORI_ML_ROOT` where training runs without a container, else `/opt/ml`."""
        return ContainerPaths(Path(os.environ.get("DANDORI_ML_ROOT", "/opt/ml")).absolute())

    @property
    def input_dir(self) -> Path:
        return self.root / "input"

    @property
    def config_dir(self) -> Path:
        return self.root / "input" / "config"

    @property
    def data_dir(self) -> Path:
        return self.root / "input" / "data"

    @property
    def model_dir(self) -> Path:
        return self.root / "model"

    @property
    def output_dir(self) -> Path:
        return self.root / "output"

    @property
    def failure_file(self) -> Path:
        return self.root / "output" / "failure"

    @property
    def code_dir(self) -> Path:
        return self.root / "code"

    def channel(self, name: str) -> Path:
        return self.data_dir / name

    def read_config(self, name: str) -> dict[str, Any]:
        """The JSON object in `input/config/NAME.json`; empty where the platform wrote none."""
        path = self.config_dir / f"{name}.json"
        return read_json_object(path) if path.exists() else {}


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; a missing file or another kind of JSON is a `TrainerError`."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise TrainerError(f"{path} is missing.", "start the job with this file in place.") from None
    except (ValueError, RecursionError) as error:
        raise TrainerError(f"{path} is not JSON ({error}).", "write it again as a JSON object.") from None
    if not isinstance(value, dict):
        raise TrainerError(f"{path} holds a JSON {type(value).__name__}.", "write it again as a JSON object.")
    return value
