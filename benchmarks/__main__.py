"""Every benchmark, one JSON object a line: name, unit, median, floor, ratio, target, runs."""

import subprocess
import sys

NAMES = (
    "benchmarks.verify",
    "benchmarks.append",
    "benchmarks.replay",
    "benchmarks.queries",
    "benchmarks.http",
    "benchmarks.pages",
    "benchmarks.reports",
)


def main() -> int:
    """Run each in a process of its own, so that none warms or burdens another."""
    return max(subprocess.run([sys.executable, "-m", name], check=False).returncode for name in NAMES)


if __name__ == "__main__":
    sys.exit(main())
