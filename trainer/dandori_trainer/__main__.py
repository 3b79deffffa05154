"""`python -m dandori_trainer train | describe`."""

from __future__ import annotations

import json
import sys

from . import __version__
from .environment import limit_native_threads, package_versions

USAGE = "usage: python -m dandori_trainer train | describe"


def main(arguments: list[str]) -> int:
    """Runs one command; 2 is wrong use."""
    if arguments == ["describe"]:
        from .catalogue import ALGORITHMS_FILE

        catalogue = json.loads(ALGORITHMS_FILE.read_text("utf-8"))
        print(json.dumps({**catalogue, "trainer_version": __version__, "packages": package_versions()}, indent=2))
        return 0
    if arguments == ["train"]:
        from .launcher import launch
        from .paths import ContainerPaths

        limit_native_threads()
        return launch(ContainerPaths.from_environment())
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
