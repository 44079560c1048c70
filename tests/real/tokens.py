"""Reads the file with a token per role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROLES = ("superuser", "admin", "write", "view", "noaccess")


class Unusable(Exception):
    """Unusable arguments; the sentence has the reason and never contains a token."""


@dataclass(frozen=True)
class Tokens:
    """``tokens`` and ``passwords`` by role; a password is that of the token's owner."""

    tokens: Mapping[str, str] = field(repr=False)
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles with a token, highest first."""
        return tuple(role for role in ROLES if role in self.tokens)

    @property
    def missing(self) -> tuple[str, ...]:
        """The roles without a token."""
        return tuple(role for role in ROLES if role not in self.tokens)

    @property
    def secrets(self) -> tuple[str, ...]:
        """All values that must not be printed."""
        return (*self.tokens.values(), *self.passwords.values())


def read_tokens(path: Path) -> Tokens:
    """Read a token file. Raises :class:`Unusable`."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror or 'no such file'}.") from None
    except ValueError:
        raise Unusable(f"{path} is not JSON.") from None
    return tokens_of(value)


def tokens_of(value: Any) -> Tokens:
    """Read tokens from parsed JSON. Raises :class:`Unusable`."""
    if type(value) is not dict:
        raise Unusable(f"The tokens are an object with one for each role: {', '.join(ROLES)}.")
    unknown = sorted(set(value) - {*ROLES, "passwords"})
    if unknown:
        raise Unusable(f"There is no role {unknown[0][:40]!r}: the roles are {', '.join(ROLES)}.")
    passwords = value.get("passwords", {})
    if type(passwords) is not dict or not all(type(text) is str for text in passwords.values()):
        raise Unusable("“passwords” is an object with a password for each role that has one.")
    tokens = {role: value[role] for role in ROLES if value.get(role)}
    for role, token in tokens.items():
        if type(token) is not str or not token.isprintable() or token != token.strip():
            raise Unusable(f"What stands for {role} is no token: nothing was sent.")
    if not set(tokens) - {"noaccess"}:
        raise Unusable(f"There is no token that sees a site: give one of {', '.join(ROLES[:-1])}.")
    if len(set(tokens.values())) < len(tokens):
        raise Unusable("The same token stands for two roles.")
    return Tokens(tokens, passwords)
