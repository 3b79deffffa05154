"""Answers rows by a user's own `inference.py` (`model_fn`, `input_fn`, `predict_fn`, `output_fn`) for the model server.

Started as `python -m dandori_trainer.inference_worker MODEL_DIR`, with a socket to the model server as descriptor 3.
A message is two 32-bit little endian lengths, a JSON header and a body, as in src/serving/framing.ts.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import platform
import queue
import resource
import signal
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .environment import limit_native_threads

CHANNEL_FD = 3
SCRIPT = Path("code") / "inference.py"
JSON_TYPE = "application/json"
MEMORY_REPORT_S = 1.0
SHOWN_CHARACTERS = 200
PR_SET_PDEATHSIG = 1


class HookError(Exception):
    """A hook that failed, in words for whoever asked; the traceback is in the log."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Channel:
    """The socket to the model server; several threads may send."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, header: dict[str, Any], body: bytes = b"") -> None:
        head = json.dumps(header).encode()
        with self._lock:
            self._connection.sendall(struct.pack("<II", len(head), len(body)) + head + body)

    def receive(self) -> tuple[dict[str, Any], bytes] | None:
        """The next message; None when the other side is gone."""
        prefix = self._read(8)
        if prefix is None:
            return None
        head_bytes, body_bytes = struct.unpack("<II", prefix)
        head, body = self._read(head_bytes), self._read(body_bytes)
        return None if head is None or body is None else (json.loads(head), body)

    def _read(self, size: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._connection.recv(size - len(parts))
            except OSError:
                return None
            if not part:
                return None
            parts += part
        return bytes(parts)


class Hooks:
    """A user's hooks, or the defaults of those that are left out, around the model that `model_fn` loaded."""

    def __init__(self, model_dir: Path) -> None:
        module = load_script(model_dir / SCRIPT)
        if hasattr(module, "transform_fn"):
            raise HookError(501, "inference.py defines transform_fn, which is not yet called, it is planned.")
        if not callable(getattr(module, "model_fn", None)):
            raise HookError(500, "inference.py defines no model_fn(model_dir), which loads the model.")
        self._input_fn = getattr(module, "input_fn", default_input_fn)
        self._predict_fn = getattr(module, "predict_fn", default_predict_fn)
        self._output_fn = getattr(module, "output_fn", default_output_fn)
        self._model = call("model_fn", module.model_fn, str(model_dir))

    def answer(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The answer's bytes and content type."""
        rows = call("input_fn", self._input_fn, body.decode("utf-8"), content_type)
        prediction = call("predict_fn", self._predict_fn, rows, self._model)
        answered = call("output_fn", self._output_fn, prediction, accept)
        content, kind = answered if isinstance(answered, tuple) and len(answered) == 2 else (answered, accept)
        if isinstance(content, str):
            content = content.encode("utf-8")
        if not isinstance(content, bytes | bytearray):
            found = type(content).__name__
            raise HookError(500, f"output_fn of inference.py gave a {found}; allowed: text or bytes.")
        return bytes(content), str(kind)


def load_script(path: Path) -> ModuleType:
    """`inference.py` as the module `inference`, so that a pickle finds what it names there."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("inference", path)
    if spec is None or spec.loader is None:
        raise HookError(500, "inference.py cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["inference"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        traceback.print_exc()
        raise HookError(500, f"inference.py cannot be imported: {shown(error)}.") from None
    return module


def call(hook: str, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    """What the hook gives; what it raises becomes one line, its traceback goes to the log."""
    try:
        return function(*arguments)
    except BaseException as error:
        traceback.print_exc()
        # A ValueError of input_fn is how hooks say that the request is wrong; all else is not the caller's fault.
        status = 400 if hook == "input_fn" and isinstance(error, ValueError) else 500
        raise HookError(status, f"{hook} of inference.py raised {shown(error)}.") from None


def shown(error: BaseException) -> str:
    """Type and first line of an exception, short."""
    first = next(iter(str(error).splitlines()), "").strip().rstrip(".")[:SHOWN_CHARACTERS]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def default_input_fn(request_body: str, request_content_type: str) -> Any:  # noqa: ANN401
    """The rows as they come: a list of objects `{feature: value}`, None where a value is missing."""
    if request_content_type != JSON_TYPE:
        raise ValueError(f"{request_content_type} is not {JSON_TYPE}")
    return json.loads(request_body)


def default_predict_fn(input_data: Any, model: Any) -> dict[str, Any]:  # noqa: ANN401
    """`model.predict`, with `predict_proba` where the model has it."""
    prediction = {"predictions": model.predict(input_data)}
    if hasattr(model, "predict_proba"):
        prediction |= {"probabilities": model.predict_proba(input_data), "classes": model.classes_}
    return prediction


def default_output_fn(prediction: Any, _accept: str) -> str:  # noqa: ANN401
    """JSON of lists, numbers, texts and arrays; NaN is refused, since JSON has none."""
    return json.dumps(prediction, default=lambda value: value.tolist(), allow_nan=False)


def resident_bytes() -> int:
    """Resident memory now (Linux), else the most so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def report_memory(channel: Channel) -> None:
    stop = threading.Event()
    while not stop.wait(MEMORY_REPORT_S):
        channel.send({"type": "memory", "rss_bytes": resident_bytes()})


def take_requests(channel: Channel, requests: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Reads while a hook computes: when the model server is gone, nobody waits for the hook any more."""
    while (message := channel.receive()) is not None:
        requests.put(message)
    os._exit(0)


def serve(channel: Channel, model_dir: Path) -> int:
    """Answers one request after the other; returns only when the model does not load."""
    requests: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=take_requests, args=(channel, requests), daemon=True).start()
    threading.Thread(target=report_memory, args=(channel,), daemon=True).start()
    try:
        hooks = Hooks(model_dir)
    except HookError as error:
        code = "not_yet" if error.status == 501 else "corrupt"
        channel.send({"type": "failed", "code": code, "message": str(error)})
        return 1
    channel.send({"type": "ready", "signature": None, "version": platform.python_version()})
    while True:
        header, body = requests.get()
        try:
            content, kind = hooks.answer(body, header["content_type"], header["accept"])
            status = 200
        except HookError as error:
            content, kind, status = str(error).encode("utf-8"), "text/plain", error.status
        channel.send({"type": "answer", "id": header["id"], "status": status, "content_type": kind}, content)


def confine() -> None:
    """Ends with the model server even while native code runs, leaves no core dumps, and one thread a native call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Programs that a hook starts must not hold the channel open.
    os.set_inheritable(CHANNEL_FD, False)
    # The model server ends it; a signal sent to the whole group must not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_native_threads()


def main() -> int:
    confine()
    return serve(Channel(socket.socket(fileno=CHANNEL_FD)), Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
