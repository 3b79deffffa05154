"""The trainer as the platform starts it: a process on a tree of the SageMaker training contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TRAINER = Path(__file__).resolve().parent.parent
WATCHDOG_S = 60


def environment(root, **more):
    return {**os.environ, "DANDORI_ML_ROOT": str(root), "PYTHONPATH": str(TRAINER), **more}


def start(root, *arguments, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "dandori_trainer", *arguments],
        env=environment(root, **more),
        cwd=root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(root, *arguments, **more):
    process = start(root, *arguments, **more)
    out, err = process.communicate(timeout=WATCHDOG_S)
    return process.returncode, out, err


def write_hyperparameters(root, **values):
    folder = root / "input" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hyperparameters.json").write_text(json.dumps(values))


def failure(root):
    return (root / "output" / "failure").read_text("utf-8")
