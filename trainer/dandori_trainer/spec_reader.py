"""Reads fields of an untrusted JSON object and collects every problem."""

from __future__ import annotations

import json
from typing import Any


class Reader:
    """Takes fields out of an object and collects what is wrong with them."""

    def __init__(self, value: dict[str, Any], problems: list[str], path: str = "") -> None:
        self.value, self.problems, self.path = dict(value), problems, path

    def fault(self, key: str, found: object, allowed: str) -> None:
        self.problems.append(f"{self.path}{key}: found {json.dumps(found)[:200]}; allowed: {allowed}")

    def take(self, key: str) -> object:
        if key not in self.value:
            self.problems.append(f"{self.path}{key}: missing")
        return self.value.pop(key, None)

    def text(self, key: str, nullable: bool = False) -> str:
        present = key in self.value
        value = self.take(key)
        if isinstance(value, str) and value:
            return value
        if present and not (nullable and value is None):
            self.fault(key, value, "text" + (" | null" if nullable else ""))
        return ""

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        present = key in self.value
        value = self.take(key)
        if isinstance(value, str) and value in allowed:
            return value
        if present:
            self.fault(key, value, " | ".join(allowed))
        return allowed[0]

    def integer(self, key: str, minimum: int, maximum: int, nullable: bool = False) -> int | None:
        present = key in self.value
        value = self.take(key)
        if nullable and value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum:
            return value
        if present:
            self.fault(key, value, f"integer {minimum} to {maximum}" + (" | null" if nullable else ""))
        return minimum

    def boolean(self, key: str) -> bool:
        present = key in self.value
        value = self.take(key)
        if present and not isinstance(value, bool):
            self.fault(key, value, "true | false")
        return value is True

    def number_or_null(self, key: str) -> float | None:
        value = self.take(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e38):
            return None if value is None else float(value)
        self.fault(key, value, "number | null")
        return None

    def nested(self, key: str) -> Reader:
        present = key in self.value
        value = self.take(key)
        if present and not isinstance(value, dict):
            self.fault(key, value, "an object")
        return Reader(value if isinstance(value, dict) else {}, self.problems, f"{self.path}{key}.")

    def texts(self, key: str) -> tuple[str, ...]:
        present = key in self.value
        value = self.take(key)
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if texts and len(set(value)) == len(value) > 0:
            return tuple(value)
        if present:
            self.fault(key, value, "a list of different texts, at least one")
        return ()

    def close(self) -> None:
        self.problems.extend(f"{self.path}{key}: unknown field" for key in self.value)
