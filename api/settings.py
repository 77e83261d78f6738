"""What the site decides about its web server. Law is never here: that is the rule set."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Settings:
    """*origin*: scheme, host and port that browsers see, such as `https://senim.hospital.kz`."""

    origin: str = "http://localhost:8000"
    also_hosts: tuple[str, ...] = ()
    largest_body: int = 2 * 2**20
    calls_a_minute: int = 1200
    """From one person, and from one address that nobody has signed in at, to all processes together."""
    idle_minutes: int = 10
    session_hours: int = 12
    shift_hours: int = 12
    """So long after two factors were given at a device the password alone opens a session there again."""
    code_days: int = 7
    """So long an enrolment code is good."""
    argon2: tuple[int, int, int] = (3, 65_536, 4)
    """Passes, KiB and lanes of a password's hash (RFC 9106, section 4: second recommended option)."""
    head_every_ms: int = 1000
    wait_minutes: int = 15

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    @property
    def rp_id(self) -> str:
        """The domain that passkeys are bound to (WebAuthn, section 4: relying party identifier)."""
        return urlsplit(self.origin).hostname or "localhost"

    @cached_property
    def hosts(self) -> frozenset[str]:
        return frozenset((self.host, *self.also_hosts))

    @property
    def is_secure(self) -> bool:
        return self.origin.startswith("https://")

    @cached_property
    def cookie(self) -> str:
        """`__Host-` binds the cookie to this host and to TLS; plain HTTP is for loopback only."""
        return "__Host-senim" if self.is_secure else "senim"

    @property
    def device_cookie(self) -> str:
        return f"{self.cookie}-device"
