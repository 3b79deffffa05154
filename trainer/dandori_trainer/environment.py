"""What the training ran on: packages, interpreter, threads."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "xgboost-cpu",
    "xgboost",
    "imbalanced-learn",
    "onnx",
    "onnxruntime",
    "skl2onnx",
    "onnxmltools",
    "pyarrow",
)


def thread_count() -> int:
    """`DANDORI_THREADS`, else the cores that this process may use."""
    given = os.environ.get("DANDORI_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_native_threads() -> None:
    """One thread a native call: folds run side by side instead, and no sum depends on how many cores there are.

    Must run before numpy is imported. More threads than one also slow histogram boosting on small data many times over.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[name] = "1"
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def package_versions() -> dict[str, str]:
    """Installed versions of the packages that decide the result; what is not installed is left out."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def environment_record() -> dict[str, Any]:
    """The `environment` of the training report."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        "cpu_count": os.cpu_count() or 1,
    }
