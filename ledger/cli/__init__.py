"""`senim`: the register on the command line.

Exit codes everywhere: 0 done or verified, 1 refused or verification failed, 2 could not be determined or
was called wrongly. Everything heavy is imported by the command that needs it, so that `--help` is quick.
"""


def main() -> None:
    """The entry point of the `senim` script."""
    from ledger.cli.app import run

    run()
