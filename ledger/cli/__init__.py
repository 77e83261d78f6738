"""`senim`: the register on the command line.

Exit codes everywhere: 0 done or verified, 1 refused or verification failed, 2 could not be determined or
was called wrongly. Everything heavy is imported by the command that needs it, so that `--help` is quick.
"""

import gc


def main() -> None:
    """The entry point of the `senim` script."""
    collect_seldom()
    from ledger.cli.app import run

    run()


def collect_seldom() -> None:
    """Entries make hundreds of objects each and no cycles: to look for some every 700 objects costs a seventh."""
    gc.set_threshold(50_000)
