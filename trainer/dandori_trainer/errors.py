"""The one error that a person can mend; everything else that is raised is ours."""

from __future__ import annotations

import os


class TrainerError(Exception):
    """A failure with a remedy: `what` failed, `next_step` to take, `problems` one a line; `ja` is both in Japanese."""

    def __init__(self, what: str, next_step: str, problems: list[str] | None = None, ja: str | None = None) -> None:
        self.what = what
        self.next_step = next_step
        self.problems = problems or []
        self.ja = ja
        super().__init__(what)

    def __str__(self) -> str:
        """First line: what failed and what to do; then the problems."""
        english = f"{self.what} Next: {self.next_step}"
        ja = self.ja if self.ja is not None else f"学習プログラムを続行できません。詳細（原文）: {english}"
        return "\n".join([in_language(english, ja), *(f"- {problem}" for problem in self.problems)])


def in_language(en: str, ja: str) -> str:
    """The text for the person who asked for the job: in the language that the platform names in `DANDORI_LANGUAGE`."""
    return ja if os.environ.get("DANDORI_LANGUAGE") == "ja" else en
