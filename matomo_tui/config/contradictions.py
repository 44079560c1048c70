"""Checks settings of a profile that exclude each other, or that have no effect without another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matomo_tui.config.document import ConfigDocument, ConfigProblem
from matomo_tui.config.profile_reader import valid_profiles

_NEEDS = (
    ("oauth_secret_command", "oauth_client_id", "it prints the secret of that client"),
    ("basic_auth_password_command", "basic_auth_user", "it prints the password of that user"),
)
"""A setting, the one that it needs, and why."""


def contradictions(document: ConfigDocument) -> Iterator[ConfigProblem]:
    """Yield each contradiction between the settings of a profile."""
    for name, values in valid_profiles(document).items():
        for key, sentence in _of_profile(values):
            yield document.problem(("profiles", name, key), sentence)


def _of_profile(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, needed, why in _NEEDS:
        if key in values and not values.get(needed):
            yield key, f"{key} has no effect without {needed}: {why}."
    if values.get("basic_auth_user") and (values.get("auth") == "bearer" or values.get("oauth_client_id")):
        yield (
            "basic_auth_user",
            'basic_auth_user cannot be used with auth = "bearer" or OAuth 2.0: a request has one Authorization header.',
        )
    if values.get("oauth_client_id") and values.get("auth") == "post":
        yield "auth", 'auth = "post" has no effect with oauth_client_id: the token of a login is sent as a header.'
    if values.get("verify_tls") is False and values.get("ca_bundle"):
        yield "ca_bundle", "ca_bundle has no effect with verify_tls = false: remove verify_tls to check certificates."
