"""What a report says as another program reads it."""

import subprocess
from collections.abc import Callable

import pytest

Program = Callable[[str], str]


def run(program: str, data: bytes, *options: str) -> bytes:
    return subprocess.run([program, *options], input=data, capture_output=True, check=True).stdout


@pytest.fixture(scope="session")
def text(program: Program) -> Callable[..., str]:
    """The text of a PDF as another program reads it, laid out in lines; pages end with a form feed."""
    found = program("pdftotext")

    def read(pdf: bytes, *options: str) -> str:
        return run(found, pdf, "-layout", *options, "-", "-").decode()

    return read
