"""A child that dies at one of its system calls: forked from what is imported once, held by strace before it works."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SERVE = """
import json, os, signal, sys, traceback

def end(given):
    try:
        work(*given)
        code = 0
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)

for line in sys.stdin:
    said, given = json.loads(line)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.kill(os.getpid(), signal.SIGSTOP)
        end(given)
    os.waitpid(child, os.WUNTRACED)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Children:
    strace: str
    server: subprocess.Popen[str]
    said: Path

    def run(self, given: list[str], *options: str) -> tuple[int, list[str]]:
        """How a child ended under strace with *options*, and the words that it said."""
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        print(json.dumps([str(self.said), given]), file=self.server.stdin, flush=True)
        child = int(self.server.stdout.readline())
        command = [self.strace, "-f", *options, "-p", str(child)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            heard = tracer.stderr.readline()
            os.kill(child, signal.SIGCONT)
            assert "attached" in heard, heard
            code = int(self.server.stdout.readline())
            tracer.stderr.read()
        return code, self.said.read_text().split()


@contextmanager
def open_children(strace: str, folder: Path, work: str, **environ: str) -> Iterator[Children]:
    """*work* is Python that defines `work(*given)`."""
    command = [sys.executable, "-c", work + _SERVE]
    inherited = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environ
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=inherited) as server:
        yield Children(strace, server, folder / "said")
        assert server.stdin is not None
        server.stdin.close()
