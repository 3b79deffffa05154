"""The worker of own hooks, through the real process and its socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dandori_trainer.inference_worker import Channel

TRAINER = Path(__file__).resolve().parent.parent
WATCHDOG_S = 60
# A descriptor 3 that is the socket, as the model server's children have it.
START = "import os, runpy, sys; os.dup2(int(sys.argv[1]), 3); sys.argv = ['', sys.argv[2]]; " + (
    "runpy.run_module('dandori_trainer.inference_worker', run_name='__main__')"
)
MODEL = """
import json
def model_fn(model_dir):
    return json.load(open(model_dir + '/weights.json'))
"""
RULE = MODEL + "def predict_fn(rows, model):\n    return [model['w'] * row['x'] for row in rows]\n"


class Worker:
    """A worker process and the messages that it sent, without those about memory."""

    def __init__(self, folder: Path, script: str) -> None:
        (folder / "code").mkdir(parents=True)
        (folder / "code" / "inference.py").write_text(script, "utf-8")
        (folder / "weights.json").write_text('{"w": 2}', "utf-8")
        ours, theirs = socket.socketpair()
        ours.settimeout(WATCHDOG_S)
        self.socket = ours
        self.channel = Channel(ours)
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(theirs.fileno()), str(folder)],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": str(TRAINER)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        theirs.close()
        self.first = self.message()[0]

    def message(self) -> tuple[dict, bytes]:
        while True:
            message = self.channel.receive()
            assert message is not None, "the worker is gone"
            if message[0]["type"] != "memory":
                return message

    def ask(self, rows: object, **more: str) -> tuple[dict, str]:
        header = {"type": "invoke", "id": 7, "content_type": "application/json", "accept": "application/json"}
        self.channel.send({**header, **more}, json.dumps(rows).encode())
        header, body = self.message()
        assert header["id"] == 7
        return header, body.decode()

    def close(self) -> str:
        """Ends it; what it wrote to standard error."""
        self.socket.close()
        return self.process.communicate(timeout=WATCHDOG_S)[1]


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(script: str) -> Worker:
        started.append(Worker(tmp_path / f"model-{len(started)}", script))
        return started[-1]

    yield begin
    for worker in started:
        worker.close()


def test_the_defaults_answer_rows_by_the_loaded_model(start):
    worker = start(RULE)
    assert worker.first["type"] == "ready"
    header, body = worker.ask([{"x": 1}, {"x": 3}])
    assert header == {"type": "answer", "id": 7, "status": 200, "content_type": "application/json"}
    assert json.loads(body) == [2, 6]


def test_all_four_hooks_are_called_with_what_the_contract_gives_them(start):
    worker = start(
        MODEL + "def input_fn(request_body, request_content_type):\n"
        "    return {'body': request_body, 'type': request_content_type}\n"
        "def predict_fn(input_data, model):\n    return {**input_data, **model}\n"
        "def output_fn(prediction, accept):\n"
        "    return json.dumps({**prediction, 'accept': accept}), 'application/x-mine'\n"
    )
    header, body = worker.ask([{"x": 1}])
    assert header["content_type"] == "application/x-mine"
    seen = {"body": '[{"x": 1}]', "type": "application/json", "w": 2, "accept": "application/json"}
    assert json.loads(body) == seen


def test_a_scikit_learn_model_needs_no_hook_but_its_loader(start):
    worker = start(
        "import numpy as np\nfrom sklearn.dummy import DummyClassifier\n"
        "def model_fn(model_dir):\n    return DummyClassifier().fit([[0], [1], [2]], ['b', 'a', 'b'])\n"
    )
    _, body = worker.ask([{"x": 1}])
    assert json.loads(body) == {
        "predictions": ["b"],
        "probabilities": [[pytest.approx(1 / 3), pytest.approx(2 / 3)]],
        "classes": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("hook", "status", "message"),
    [
        ("def input_fn(b, t):\n    raise ValueError('no x')", 400, "input_fn of inference.py raised ValueError: no x."),
        ("def input_fn(b, t):\n    return {}['y']", 500, "input_fn of inference.py raised KeyError: 'y'."),
        ("def predict_fn(d, m):\n    raise ValueError('bad')", 500, "predict_fn of inference.py raised ValueError"),
        ("def predict_fn(d, m):\n    raise SystemExit(3)", 500, "predict_fn of inference.py raised SystemExit: 3."),
        ("def output_fn(p, a):\n    return p", 500, "output_fn of inference.py gave a list; allowed: text or bytes."),
        ("def predict_fn(d, m):\n    return [float('nan')]", 500, "output_fn of inference.py raised ValueError"),
    ],
)
def test_a_hook_that_fails_is_named_in_one_line_and_the_next_row_is_answered(start, hook, status, message):
    worker = start(f"{RULE}\ntimes = [0]\n{hook}\n")
    for _ in range(2):
        header, body = worker.ask([{"x": 1}])
        assert header["status"] == status
        assert body.startswith(message)
        assert "Traceback" not in body
        assert "\n" not in body


def test_the_traceback_is_in_the_log(start):
    worker = start(f"{RULE}\ndef input_fn(b, t):\n    raise ValueError('no x')\n")
    worker.ask([{"x": 1}])
    assert 'ValueError("no x")' in worker.close().replace("'", '"')


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("import nowhere_to_be_found", "corrupt", "inference.py cannot be imported: ModuleNotFoundError: No module"),
        ("def model_fn(", "corrupt", "inference.py cannot be imported: SyntaxError"),
        ("x = 1", "corrupt", "inference.py defines no model_fn(model_dir)"),
        ("def model_fn(d):\n    open(d + '/none')", "corrupt", "model_fn of inference.py raised FileNotFoundError"),
        (f"{MODEL}def transform_fn(*a): pass", "not_yet", "inference.py defines transform_fn, which is not yet called"),
    ],
)
def test_a_model_that_does_not_load_says_why(start, script, code, message):
    worker = start(script)
    assert worker.first["type"] == "failed"
    assert worker.first["code"] == code
    assert worker.first["message"].startswith(message)
    assert worker.process.wait(timeout=WATCHDOG_S) == 1


def test_it_ends_with_the_other_side_even_while_a_hook_computes(start):
    worker = start(f"{MODEL}import time\ndef predict_fn(d, m):\n    time.sleep(600)\n")
    worker.channel.send({"type": "invoke", "id": 1, "content_type": "application/json", "accept": ""}, b"[]")
    worker.close()
    assert worker.process.returncode == 0


def test_an_interrupt_of_the_whole_group_does_not_end_it(start):
    worker = start(RULE)
    worker.process.send_signal(signal.SIGINT)
    assert json.loads(worker.ask([{"x": 5}])[1]) == [10]


def test_it_tells_its_memory(start):
    worker = start(RULE)
    header, _ = worker.channel.receive()
    assert header["type"] == "memory"
    assert header["rss_bytes"] > 1_000_000
