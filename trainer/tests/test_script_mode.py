"""A user's own script under the contract: its environment, its failures, its files, and the example."""

from __future__ import annotations

import hashlib
import json
import signal

import pytest
from conftest import columns, make_spec, write_job
from trainer_process import TRAINER, WATCHDOG_S, failure, run, start, write_hyperparameters

from dandori_trainer.script_mode import decode_hyperparameters, user_arguments

EXAMPLE = TRAINER.parent / "examples" / "custom-script"


def write_script(root, text):
    (root / "code").mkdir(parents=True, exist_ok=True)
    (root / "code" / "mine.py").write_text(text)
    write_hyperparameters(root, sagemaker_program='"mine.py"', depth="3", **{"learning-rate": "0.1", "name": '"a b"'})


def test_a_script_gets_the_documented_environment(tmp_path):
    write_job(tmp_path, make_spec("binary", ["xgboost"]), columns(20, "binary"), columns(20, "binary"))
    write_script(
        tmp_path,
        "import json, os, sys\n"
        "folder = os.environ['SM_MODEL_DIR']\n"
        "seen = {'env': {k: v for k, v in os.environ.items() if k.startswith('SM_')}, 'argv': sys.argv[1:]}\n"
        "for name in ('model.onnx', 'signature.json'):\n"
        "    open(os.path.join(folder, name), 'w').write(json.dumps(seen))\n"
        "print('hello from the script')\n",
    )
    code, out, err = run(tmp_path, "train")
    assert code == 0, err
    assert "hello from the script" in out
    seen = json.loads((tmp_path / "model" / "signature.json").read_text())
    assert seen["argv"] == ["--depth", "3", "--learning-rate", "0.1", "--name", "a b"]
    found = seen["env"]
    assert found["SM_CHANNEL_TRAIN"] == str(tmp_path / "input/data/train")
    assert json.loads(found["SM_CHANNELS"]) == ["spec", "train", "validation"]
    assert json.loads(found["SM_HPS"]) == {"depth": 3, "learning-rate": 0.1, "name": "a b"}
    assert found["SM_HP_LEARNING-RATE"] == "0.1"
    assert json.loads(found["SM_USER_ARGS"]) == seen["argv"]
    expected = (
        "MODEL_DIR OUTPUT_DIR OUTPUT_DATA_DIR INPUT_DIR INPUT_CONFIG_DIR CURRENT_HOST HOSTS NUM_GPUS NUM_CPUS "
        "NUM_NEURONS "
        "LOG_LEVEL NETWORK_INTERFACE_NAME RESOURCE_CONFIG INPUT_DATA_CONFIG MODULE_NAME MODULE_DIR TRAINING_ENV"
    )
    for name in expected.split():
        assert f"SM_{name}" in found, name
    assert json.loads(found["SM_TRAINING_ENV"])["module_name"] == "mine"


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("raise ValueError('my own trouble')", 1, "ValueError: my own trouble"),
        ("import sys; sys.exit(7)", 7, "exit code 7"),
        ("pass", 1, "wrote no model.onnx and no signature.json"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, "exit code 137"),
        (
            "import os, sys; os.makedirs(os.environ['SM_OUTPUT_DIR'], exist_ok=True)\n"
            "open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('my message'); sys.exit(3)",
            3,
            "my message",
        ),
    ],
)
def test_a_failing_script_is_reported(tmp_path, script, code, message):
    write_script(tmp_path, script)
    assert run(tmp_path, "train")[0] == code
    assert message in failure(tmp_path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('my own trouble')", "終了コード 1 で終了しました"),
        ("raise ValueError('my own trouble')", "（原文）: ValueError: my own trouble"),
        ("pass", "model.onnx、signature.json がありません。SM_MODEL_DIR に書き出してください"),
    ],
)
def test_a_failing_script_is_reported_in_the_language_of_the_job(tmp_path, monkeypatch, script, message):
    monkeypatch.setenv("DANDORI_LANGUAGE", "ja")
    write_script(tmp_path, script)
    assert run(tmp_path, "train")[0] == 1
    assert message in failure(tmp_path).splitlines()[0]


def write_hooks(root, script, inference="def model_fn(d): ...\n"):
    write_script(root, script)
    (root / "code" / "inference.py").write_text(inference)
    write_hyperparameters(root, sagemaker_program="mine.py", dandori_inference_script="inference.py", depth="3")


WRITES = (
    "import os, pathlib, sys\n"
    "folder = pathlib.Path(os.environ['SM_MODEL_DIR'])\n"
    "assert sys.argv[1:] == ['--depth', '3'], sys.argv\n"
    "(folder / 'signature.json').write_text('{}')\n"
    "(folder / 'training_report.json').write_text('{}')\n"
    "(folder / '.cache').write_text('hidden')\n"
    "(folder / 'deep').mkdir()\n"
    "(folder / 'deep' / 'model.bin').write_bytes(b'weights')\n"
)


def test_a_script_with_hooks_leaves_its_files_as_one_digested_list(tmp_path):
    write_hooks(tmp_path, WRITES)
    code, _, err = run(tmp_path, "train")
    assert code == 0, err
    model = tmp_path / "model"
    listed = json.loads((model / "python_model.json").read_text())
    names = ["code/inference.py", "deep/model.bin", "signature.json"]
    expected = {name: hashlib.sha256((model / name).read_bytes()).hexdigest() for name in names}
    assert listed == {"format": 1, "files": expected}
    assert (model / "code" / "inference.py").read_text() == "def model_fn(d): ...\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("pass", "wrote no signature.json"),
        (WRITES + "(folder / 'a model').write_text('x')", "names cannot be kept: a model"),
        (WRITES + "(folder / 'code').mkdir()\n(folder / 'code' / 'inference.py').write_text('x')", "not the inference"),
    ],
)
def test_a_script_with_hooks_that_leaves_something_else_is_reported(tmp_path, script, message):
    write_hooks(tmp_path, script)
    assert run(tmp_path, "train")[0] == 1
    assert message in failure(tmp_path)


@pytest.mark.parametrize(
    ("program", "directory", "message"),
    [
        ("none.py", None, "not a Python file"),
        ("../outside.py", None, "not a Python file"),
        ("mine.sh", None, "not a Python file"),
        ("mine.py", "s3://bucket/source.tar.gz", "not yet supported, planned"),
    ],
)
def test_a_program_that_cannot_be_run_is_refused(tmp_path, program, directory, message):
    (tmp_path / "code").mkdir()
    (tmp_path / "outside.py").write_text("")
    (tmp_path / "code" / "mine.sh").write_text("")
    more = {"sagemaker_submit_directory": directory} if directory else {}
    write_hyperparameters(tmp_path, sagemaker_program=program, **more)
    assert run(tmp_path, "train")[0] == 1
    assert message in failure(tmp_path)


@pytest.mark.parametrize("directory", ["/opt/ml/input/data/code", "input/data/code"])
def test_the_submit_directory_is_found_under_the_root(tmp_path, directory):
    folder = tmp_path / "input" / "data" / "code"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text("import sys; sys.exit(9)")
    write_hyperparameters(tmp_path, sagemaker_program="mine.py", sagemaker_submit_directory=directory)
    assert run(tmp_path, "train")[0] == 9


def test_sigterm_reaches_the_script(tmp_path):
    write_script(tmp_path, "import time\nprint('ready', flush=True)\ntime.sleep(300)\n")
    process = start(tmp_path, "train")
    assert process.stdout.readline().strip() == "ready"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=WATCHDOG_S) == 143
    process.communicate()
    assert "Stopped by SIGTERM." in failure(tmp_path)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_the_example_script_makes_a_model(tmp_path, kind):
    import onnxruntime

    write_job(tmp_path, make_spec(kind, ["xgboost"]), columns(300, kind), columns(80, kind, seed=1))
    given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": str(EXAMPLE), "n_estimators": "20"}
    write_hyperparameters(tmp_path, **given)
    code, out, err = run(tmp_path, "train")
    assert code == 0, err
    assert "progress=100.0" in out
    report = json.loads((tmp_path / "model" / "training_report.json").read_text())
    assert report["hyperparameters"] == {"n_estimators": 20, "min_samples_leaf": 5}
    signature = json.loads((tmp_path / "model" / "signature.json").read_text())
    session = onnxruntime.InferenceSession(str(tmp_path / "model" / "model.onnx"))
    assert {entry.name for entry in session.get_inputs()} == {entry["tensor"] for entry in signature["inputs"]}
    assert {entry.name for entry in session.get_outputs()} == set(signature["outputs"].values())


def test_hyperparameters_are_decoded_as_the_sdk_wrote_them():
    raw = {"a": "1", "b": '"text"', "c": "text", "d": "[1, 2]", "e": "true", "f": "NaN", "g": 5}
    decoded = decode_hyperparameters(raw)
    assert decoded == {"a": 1, "b": "text", "c": "text", "d": [1, 2], "e": True, "f": "NaN", "g": 5}
    assert user_arguments({"d": [1, 2], "e": True, "x": 0.5}) == ["-d", "[1, 2]", "-e", "True", "-x", "0.5"]
