"""`algorithms.json`: the single list of algorithms and their hyperparameters."""

from __future__ import annotations

import difflib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

ALGORITHMS_FILE = Path(__file__).resolve().parent.parent / "algorithms.json"


@cache
def algorithms() -> dict[str, Any]:
    """Name to `{task_types, summary, hyperparameters}`, as in the file."""
    return json.loads(ALGORITHMS_FILE.read_text("utf-8"))["algorithms"]


def resolve_hyperparameters(algorithm: str, given: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The full effective hyperparameters (defaults filled, aliases resolved) and every problem found."""
    known = algorithms()[algorithm]["hyperparameters"]
    names = {alias: name for name, rule in known.items() for alias in [name, *rule.get("aliases", [])]}
    values = {name: rule["default"] for name, rule in known.items()}
    problems: list[str] = []
    set_by: dict[str, str] = {}
    for key, value in given.items():
        field = f"hyperparameters.{algorithm}.{key}"
        name = names.get(key)
        if name is None:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"; nearest: {near[0]}" if near else ""
            problems.append(f"{field}: unknown; allowed: {', '.join(known)}{hint}")
        elif name in set_by:
            problems.append(f"{field}: means the same as {set_by[name]}, which is set too; keep one")
        elif (fault := value_fault(known[name], value)) is not None:
            problems.append(f"{field}: {fault}")
        else:
            set_by[name] = key
            values[name] = float(value) if known[name]["type"] == "number" and value is not None else value
    return values, problems


def value_fault(rule: dict[str, Any], value: object) -> str | None:
    """What is wrong with one value, or None."""
    if value is None:
        return None if rule.get("nullable") else f"found null; allowed: {_allowed(rule)}"
    kind = rule["type"]
    if kind == "integer_array":
        ok = isinstance(value, list) and 0 < len(value) <= rule["max_items"] and all(_in_range(rule, v) for v in value)
    elif kind == "string":
        ok = value in rule["enum"]
    elif kind == "boolean":
        ok = isinstance(value, bool)
    else:
        ok = _in_range(rule, value)
    return None if ok else f"found {json.dumps(value)}; allowed: {_allowed(rule)}"


def _in_range(rule: dict[str, Any], value: object) -> bool:
    whole = rule["type"] != "number"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if whole and not isinstance(value, int):
        return False
    return rule["minimum"] <= value <= rule["maximum"]


def _allowed(rule: dict[str, Any]) -> str:
    kind = rule["type"]
    if kind == "string":
        text = " | ".join(rule["enum"])
    elif kind == "boolean":
        text = "true | false"
    else:
        bounds = f"{rule['minimum']} to {rule['maximum']}"
        text = f"1 to {rule['max_items']} integers, each {bounds}" if kind == "integer_array" else f"{kind} {bounds}"
    return f"{text} | null" if rule.get("nullable") else text
