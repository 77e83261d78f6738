"""`senim serve` listens beyond this machine only where nobody can read along."""

from pathlib import Path

import pytest

from tests.cli.conftest import Senim

TLS = ("--tls-cert", "cert.pem", "--tls-key", "key.pem")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--host", "0.0.0.0"), "serve_exposed"),
        (("--host", "::"), "serve_exposed"),
        (("--host", ""), "serve_exposed"),
        (("--host", "10.0.0.7"), "serve_exposed"),
        (("--host", "senim.hospital.example"), "serve_exposed"),
        (("--host", "127.0.0.1.example"), "serve_exposed"),
        (("--host", "0x7f.1"), "serve_exposed"),
        (("--host", "localhost.example"), "serve_exposed"),
        (("--host", "0.0.0.0", "--tls-cert", "cert.pem"), "serve_half_tls"),
        (("--tls-key", "key.pem"), "serve_half_tls"),
        (("--host", "0.0.0.0", "--behind-proxy", "http://senim.example"), "serve_origin"),
        (("--behind-proxy", "https://senim.example/path"), "serve_origin"),
        (("--behind-proxy", "https://senim.example\nx"), "serve_origin"),
        (("--behind-proxy", "https://a@senim.example"), "serve_origin"),
        (("--behind-proxy", "https://*"), "serve_origin"),
        ((), "no_ledger"),
        (("--host", "127.0.0.9"), "no_ledger"),
        (("--host", "::1"), "no_ledger"),
        (("--host", "localhost"), "no_ledger"),
        (("--host", "0.0.0.0", *TLS), "no_ledger"),
        (("--host", "0.0.0.0", "--behind-proxy", "https://senim.example:8443"), "no_ledger"),
    ],
    ids=lambda told: told if isinstance(told, str) else " ".join(told) or "none",
)
def test_it_refuses_to_be_read_along(tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    """`no_ledger` comes after: there it would have listened, if there were anything to serve."""
    told = Senim(tmp_path / "heads")("serve", "--json", "--dir", tmp_path / "none", *options)
    assert (told.code, told.json["code"]) == (2, reason)


def test_a_register_in_a_file_has_one_process_that_serves_it(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    told = Senim(tmp_path / "heads")("serve", "--json", "--dir", tmp_path, "--workers", "2")
    assert (told.code, told.json["code"]) == (2, "serve_one_file")
