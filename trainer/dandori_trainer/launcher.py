"""The training contract: what is started, how it ends, and what is left for the person who asked for it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback

from .errors import TrainerError, in_language
from .paths import ContainerPaths
from .progress import Progress
from .script_mode import PROGRAM_KEY, decode_hyperparameters, run_script

TERMINATED = 128 + signal.SIGTERM
FAILURE_LIMIT = 20_000
"""Characters of `output/failure` that are kept; SageMaker shows the first 1024."""


def launch(paths: ContainerPaths) -> int:
    """Trains, or runs the user's program; returns the exit code, with `output/failure` written unless it is 0."""
    try:
        paths.failure_file.unlink(missing_ok=True)
        hyperparameters = decode_hyperparameters(paths.read_config("hyperparameters"))
        if PROGRAM_KEY in hyperparameters:
            return run_script(paths, hyperparameters)
        stop_at_sigterm()
        from .training import train

        train(paths, Progress())
        return 0
    except TrainerError as error:
        return fail(paths, str(error))
    except MemoryError:
        return fail(
            paths,
            in_language(
                "Training ran out of memory. Next: use fewer rows, fewer one-hot columns (encode_categorical: target) "
                "or smaller trees, or give the job more memory.",
                "学習中にメモリが不足しました。行やone-hotの列を減らすか（encode_categorical: target）、"
                "木を小さくするか、リクエストの limits.max_memory_mb を大きくしてください。",
            ),
        )
    except OSError as error:
        return fail(
            paths,
            in_language(
                f"A file could not be read or written ({error}). Next: check the disk and start again.",
                f"ファイルを読み書きできませんでした。ディスクを確認してから再実行してください。詳細（原文）: {error}",
            ),
        )
    except Exception as error:
        traceback.print_exc()
        return fail(
            paths,
            in_language(
                f"Training failed unexpectedly ({type(error).__name__}: {error}). Next: look at the end of the "
                f"training log; if the data and the spec are right, report this as a defect.",
                "学習中に予期しないエラーが発生しました。学習ログの末尾を確認してください。データと設定に問題がなければ、"
                f"不具合として報告してください。詳細（原文）: {type(error).__name__}: {error}",
            ),
        )


def fail(paths: ContainerPaths, message: str) -> int:
    """Writes `output/failure`, repeats it on standard error, and gives the exit code 1."""
    print(message, file=sys.stderr, flush=True)
    try:
        paths.output_dir.mkdir(parents=True, exist_ok=True)
        paths.failure_file.write_text(message[:FAILURE_LIMIT], "utf-8")
    except OSError as error:
        print(f"{paths.failure_file} could not be written: {error}", file=sys.stderr, flush=True)
    return 1


def stop_at_sigterm() -> None:
    """Exits with 143 at once: a thread waits for the signal, since native code keeps Python's own handlers waiting."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        print("Stopped by SIGTERM.", file=sys.stderr, flush=True)
        os._exit(TERMINATED)

    threading.Thread(target=wait, name="sigterm", daemon=True).start()
