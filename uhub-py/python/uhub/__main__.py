"""The `uhub` command."""

from __future__ import annotations

import signal
import sys

from . import _uhub


def main() -> int:
    """Does what the command line says; 0 done, 1 refused or failed, 2 wrong usage."""
    # The program has its own way of stopping; Python's would not get to its handler meanwhile.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _uhub.main(["uhub", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
