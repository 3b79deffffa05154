"""A model that is served by the user's own `inference.py`: its files, as one digested list."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from .errors import TrainerError

HOOKS_PATH = Path("code") / "inference.py"
PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
LIST_NAME = "python_model.json"
NOT_THE_MODEL = frozenset({LIST_NAME, "training_report.json"})
"""Beside the model: the report tells how long things took, so that no two of them are the same."""


def lay_hooks(model_dir: Path, script: Path) -> None:
    """Puts the approved `inference.py` where SageMaker has it, and lists every file of the model with its SHA-256."""
    target = model_dir / HOOKS_PATH
    if target.exists() and target.read_bytes() != script.read_bytes():
        raise TrainerError(
            f"The training program wrote a {HOOKS_PATH} that is not the {script.name} of the plan.",
            "leave it to inference_script: only what was approved is served.",
            ja=f"学習プログラムが書き出した {HOOKS_PATH} は、プランの {script.name} と異なります。"
            "提供するのは承認されたものだけです。inference_script に任せてください。",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(script, target)
    files = {path.relative_to(model_dir).as_posix(): _sha256(path) for path in _files(model_dir)}
    odd = [name for name in files if not all(PLAIN_NAME.fullmatch(part) for part in name.split("/"))]
    if odd:
        raise TrainerError(
            f"The training program wrote files whose names cannot be kept: {', '.join(odd[:5])}.",
            "use letters, digits and ._- in at most 100 characters, for files and folders.",
            ja=f"学習プログラムが書き出した次のファイル名は使えません: {'、'.join(odd[:5])}。"
            "ファイルとフォルダの名前は英数字と「._-」で100文字以内にしてください。",
        )
    content = json.dumps({"format": 1, "files": files}, indent=2, sort_keys=True)
    (model_dir / LIST_NAME).write_text(content + "\n", "utf-8")


def _files(model_dir: Path) -> list[Path]:
    """Regular files whose path has no hidden part: those are nobody's result and are not kept."""
    found = []
    for path in sorted(model_dir.rglob("*")):
        inside = path.relative_to(model_dir)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and str(inside) not in NOT_THE_MODEL:
            found.append(path)
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
