"""Compiles `log/quick.c` where there is a compiler; where there is none, the judges in Python do its work."""

from pathlib import Path
from shutil import which
from subprocess import run
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FLAGS = ("-std=c11", "-O3", "-shared", "-fPIC")


class CompileQuick(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        source = Path(self.root, "ledger/log/quick.c")
        library, compiler = source.with_name("libquick.so"), which("cc")
        library.unlink(missing_ok=True)
        if compiler is None or run([compiler, *FLAGS, "-o", library, source], check=False).returncode:
            self.app.display_warning("quick.c was not compiled: verification takes longer")
            return
        build_data["artifacts"].append(f"/{library.relative_to(self.root)}")
        build_data |= {"pure_python": False, "infer_tag": True}
