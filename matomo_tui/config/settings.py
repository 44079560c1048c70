"""What a run of the program is set to, wherever it came from: flags, environment, profile, defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Auth = Literal["post", "bearer"]
Color = Literal["auto", "none", "16", "256", "truecolor"]


@dataclass(frozen=True, slots=True)
class Settings:
    """One run's settings. Secrets are not among them: ``config.secrets`` fetches those when they are needed.

    ``url`` is the address as given; ``site`` an id or a name (``""``: the first one); ``interval`` seconds, 0 is
    paused; ``ca_bundle`` a path; ``verify_tls`` false is possible and said loudly; ``headers`` extra HTTP headers;
    ``basic_auth_user`` HTTP basic authentication in front of Matomo, its password through
    ``basic_auth_password_command``; ``timeout`` seconds for one answer.
    """

    profile: str = ""
    url: str = ""
    site: str = ""
    interval: float = 5.0
    auth: Auth = "post"
    token_file: str = ""
    token_command: tuple[str, ...] = ()
    read_only: bool = False
    mouse: bool = True
    color: Color = "auto"
    ascii: bool = False
    theme: str = ""
    timeout: float = 20.0
    ca_bundle: str = ""
    verify_tls: bool = True
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    basic_auth_user: str = ""
    basic_auth_password_command: tuple[str, ...] = ()
    demo: bool = False
