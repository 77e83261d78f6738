"""`senim`, run many times from one process that has loaded its libraries: every run is a fork, and starts as anew.

What depends on the call (language, options, answers) is loaded after the fork, so a run sees what a real one sees;
how the interpreter itself starts and ends is tested with real ones.
"""

import importlib
import json
import os
import sys
import traceback
from typing import Any

LIBRARIES = (
    "typer.main",
    "babel.messages.mofile",
    "babel.messages.pofile",
    "babel.dates",
    "babel.numbers",
    "rich.console",
    "rich.text",
    "ledger.words",
    "ledger.storage.layout",
    "ledger.service.importing",
    "ledger.service.verification",
    "ledger.service.evidence",
    "reports.issue",
    "reports.check",
)


def serve() -> None:
    """Answer each line `{argv, environ, cwd, first, files}` with the exit code of that run."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _run(asked)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(asked: dict[str, Any]) -> None:
    code: Any = 70
    try:
        for number, path in enumerate(asked["files"]):
            os.dup2(os.open(path, os.O_RDWR), number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode, encoding="utf-8") for n, mode in enumerate("rww"))
        os.environ.clear()
        os.environ.update(asked["environ"])
        os.chdir(asked["cwd"])
        sys.argv = ["senim", *asked["argv"]]
        exec(asked["first"], {})
        from ledger.cli import main

        main()
    except SystemExit as left:
        code = left.code
    except BaseException:  # noqa: BLE001 - the tests look for a traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if type(code) is int else 0)


if __name__ == "__main__":
    serve()
