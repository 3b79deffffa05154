"""The one error that a person can mend; everything else that is raised is ours."""

from __future__ import annotations


class TrainerError(Exception):
    """A failure with a remedy: `what` failed, `next_step` to take, `problems` one a line."""

    def __init__(self, what: str, next_step: str, problems: list[str] | None = None) -> None:
        self.what = what
        self.next_step = next_step
        self.problems = problems or []
        super().__init__(what)

    def __str__(self) -> str:
        """First line: what failed and what to do; then the problems."""
        lines = [f"{self.what} Next: {self.next_step}"]
        return "\n".join(lines + [f"- {problem}" for problem in self.problems])
