"""Script mode: a user's own program under the same contract, with the environment of SageMaker's training toolkit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any

from .environment import thread_count
from .errors import TrainerError, in_language
from .hooks import lay_hooks
from .paths import ContainerPaths

PROGRAM_KEY = "sagemaker_program"
DIRECTORY_KEY = "sagemaker_submit_directory"
HOOKS_KEY = "dandori_inference_script"
"""Name of the user's `inference.py` beside the program; with it the model need not be ONNX."""
RESERVED = ("sagemaker_", "dandori_")
CONTAINER_ROOT = "/opt/ml"
LAST_LINES = 20


def decode_hyperparameters(raw: dict[str, Any]) -> dict[str, Any]:
    """Values are strings that may hold JSON (the SDK writes it, so that texts arrive in quotes)."""
    return {key: _decoded(value) for key, value in raw.items()}


def run_script(paths: ContainerPaths, hyperparameters: dict[str, Any]) -> int:
    """Runs the program in its own process and returns its exit code; 143 where SIGTERM ended it."""
    program, directory = _locate(paths, hyperparameters)
    own = {key: value for key, value in hyperparameters.items() if not key.startswith(RESERVED)}
    arguments = user_arguments(own)
    environment = script_environment(paths, own, arguments, program, directory)
    for folder in (paths.model_dir, paths.output_dir / "data"):
        folder.mkdir(parents=True, exist_ok=True)
    code, last_lines = _run_and_relay([sys.executable, program.name, *arguments], directory, environment)
    hooks = hyperparameters.get(HOOKS_KEY)
    if code == 0:
        return _finish(paths, program.name, None if hooks is None else _hooks(directory, str(hooks)))
    return _report(paths, program.name, code, last_lines)


def _run_and_relay(command: list[str], directory: Path, environment: dict[str, str]) -> tuple[int, deque[str]]:
    """The exit code as a shell gives it, and the last lines of standard error; signals go on to the program."""
    started: list[subprocess.Popen[str]] = []

    def forward(received: int, _frame: object) -> None:
        if not started:
            raise SystemExit(128 + received)
        started[0].send_signal(received)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    options: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True, "encoding": "utf-8", "errors": "replace"}
    started.append(subprocess.Popen(command, cwd=directory, env=environment, **options))
    last_lines: deque[str] = deque(maxlen=LAST_LINES)
    reader = threading.Thread(target=_relay, args=(started[0].stderr, last_lines))
    reader.start()
    code = started[0].wait()
    reader.join(timeout=5)
    return (128 - code if code < 0 else code), last_lines


def user_arguments(hyperparameters: dict[str, Any]) -> list[str]:
    """`--key value` for every hyperparameter; lists and objects as JSON."""
    arguments: list[str] = []
    for key, value in hyperparameters.items():
        text = json.dumps(value) if isinstance(value, list | dict) else str(value)
        arguments += [f"-{key}" if len(key) == 1 else f"--{key}", text]
    return arguments


def script_environment(
    paths: ContainerPaths, hyperparameters: dict[str, Any], arguments: list[str], program: Path, directory: Path
) -> dict[str, str]:
    """The job's own environment and the SM_* variables, one fact in `SM_TRAINING_ENV` and by itself."""
    resources = {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "network_interface_name": "lo",
        **paths.read_config("resourceconfig"),
    }
    data_config = paths.read_config("inputdataconfig")
    folders = {folder.name: str(folder) for folder in sorted(paths.data_dir.glob("*")) if folder.is_dir()}
    facts: dict[str, Any] = {
        "channel_input_dirs": folders,
        "current_host": resources["current_host"],
        "framework_module": None,
        "hosts": resources["hosts"],
        "hyperparameters": hyperparameters,
        "input_config_dir": str(paths.config_dir),
        "input_data_config": data_config,
        "input_dir": str(paths.input_dir),
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
        "log_level": 20,
        "model_dir": str(paths.model_dir),
        "module_dir": str(directory),
        "module_name": program.stem,
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": thread_count(),
        "num_gpus": 0,
        "output_data_dir": str(paths.output_dir / "data"),
        "output_dir": str(paths.output_dir),
        "resource_config": resources,
    }
    singles = {key: value for key, value in facts.items() if key not in ("channel_input_dirs", "hyperparameters")}
    variables = {f"SM_{key.upper()}": _text(value) for key, value in singles.items() if value is not None}
    variables |= {f"SM_CHANNEL_{name.upper()}": folder for name, folder in folders.items()}
    variables |= {f"SM_HP_{key.upper()}": _text(value) for key, value in hyperparameters.items()}
    variables |= {
        "SM_CHANNELS": json.dumps(sorted(folders)),
        "SM_HPS": json.dumps(hyperparameters),
        "SM_NUM_NEURONS": "0",
        "SM_TRAINING_ENV": json.dumps(facts),
        "SM_USER_ARGS": json.dumps(arguments),
        "PYTHONUNBUFFERED": "1",
    }
    package_home = str(Path(__file__).resolve().parent.parent)
    search_path = os.pathsep.join(part for part in (package_home, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, **variables, "PYTHONPATH": search_path}


def _locate(paths: ContainerPaths, hyperparameters: dict[str, Any]) -> tuple[Path, Path]:
    """The program and the folder it runs in; a program outside that folder is refused."""
    given = str(hyperparameters.get(DIRECTORY_KEY, paths.code_dir))
    if "://" in given or given.endswith(".tar.gz"):
        raise TrainerError(
            f"{DIRECTORY_KEY} {given} is not a local folder: fetching an archive is not yet supported, planned.",
            f"give a folder, or put the files into {paths.code_dir}.",
        )
    directory = _under_root(paths, given)
    program = (directory / str(hyperparameters[PROGRAM_KEY])).resolve()
    if not program.is_relative_to(directory) or program.suffix != ".py" or not program.is_file():
        raise TrainerError(
            f"{PROGRAM_KEY} {hyperparameters[PROGRAM_KEY]} is not a Python file in {directory}.",
            "name a .py file of that folder.",
        )
    return program, program.parent


def _under_root(paths: ContainerPaths, given: str) -> Path:
    """`/opt/ml` means the root wherever it is; a relative folder is of the root too."""
    path = Path(given)
    if path.is_relative_to(CONTAINER_ROOT):
        path = paths.root / path.relative_to(CONTAINER_ROOT)
    return (paths.root / path).resolve()


def _relay(stream: IO[str] | None, last_lines: deque[str]) -> None:
    for line in stream or ():
        sys.stderr.write(line)
        sys.stderr.flush()
        last_lines.append(line.rstrip("\n"))


def _hooks(directory: Path, name: str) -> Path:
    script = (directory / name).resolve()
    if script.parent == directory and script.is_file():
        return script
    raise TrainerError(f"{HOOKS_KEY} {name} is not a file in {directory}.", "name a .py file of that folder.")


def _finish(paths: ContainerPaths, program: str, hooks: Path | None) -> int:
    """Ending well without a model is a failure; hooks are laid beside what the program wrote."""
    expected = ("model.onnx", "signature.json") if hooks is None else ("signature.json",)
    missing = [name for name in expected if not (paths.model_dir / name).is_file()]
    if missing:
        more = " A model that is not ONNX needs inference_script in the request." if "model.onnx" in missing else ""
        more_ja = "ONNX以外のモデルには、リクエストの inference_script が必要です。" if more else ""
        raise TrainerError(
            f"{program} ended well but wrote no {' and no '.join(missing)} into the model directory.",
            f"write them into SM_MODEL_DIR; dandori_trainer.script has helpers.{more}",
            ja=f"{program} は正常に終了しましたが、モデルのフォルダに {'、'.join(missing)} がありません。"
            f"SM_MODEL_DIR に書き出してください（dandori_trainer.script の関数を使えます）。{more_ja}",
        )
    if hooks is not None:
        lay_hooks(paths.model_dir, hooks)
    return 0


def _report(paths: ContainerPaths, program: str, code: int, last_lines: deque[str]) -> int:
    """Leaves a failure message where the program left none."""
    if not paths.failure_file.exists():
        if code == 128 + signal.SIGTERM:
            last_lines.append("Stopped by SIGTERM.")
        said = next((line for line in reversed(last_lines) if line.strip()), None)
        first = in_language(
            f"{program} ended with exit code {code}: {said or 'it wrote nothing to standard error'} "
            "Next: mend the script; its last lines follow.",
            f"{program} が終了コード {code} で終了しました。スクリプトを修正してください。"
            + (f"最後の出力（原文）: {said}" if said else "標準エラー出力には何もありません。"),
        )
        paths.output_dir.mkdir(parents=True, exist_ok=True)
        paths.failure_file.write_text("\n".join([first, *last_lines]), "utf-8")
    return code


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
