"""What the connect screen saves of a connection as a profile."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from matomo_tui.config.profile_store import ProfileStore, Saved
from matomo_tui.session import Session
from matomo_tui.ui.connect.connect_messages import ConnectionInput


async def save_profile(
    store: ProfileStore,
    known: Mapping[str, Mapping[str, Any]],
    entry: ConnectionInput,
    session: Session,
    *,
    with_token: bool,
) -> tuple[Saved, Session]:
    """Save the connection of ``session`` as the profile that ``entry`` names; returns the session of that profile.

    ``known`` are the profiles that the user was asked about; ``with_token`` saves the token of the session too, or the
    command that it is from. Raises as :meth:`ProfileStore.save`."""
    values: dict[str, Any] = {
        "url": session.address,
        "auth": entry.auth if entry.auth != "post" else None,
        "ca_bundle": session.settings.ca_bundle or None,
    }
    if entry.name == entry.profile and known.get(entry.name, {}).get("ca_bundle") == values["ca_bundle"]:
        del values["ca_bundle"]  # the file may have it relative to its folder
    token = entry.token
    if token is None and with_token:
        values["token_command"] = session.settings.token_command or None
        of_others = session.settings.token_command or session.settings.oauth_client_id
        token = None if of_others else session.token
    saved = await asyncio.to_thread(
        store.save, entry.name, values, token, like=entry.profile, known=known.get(entry.name, {})
    )
    # The alerts are not copied: the profile that they were written for follows them.
    alerts = (await asyncio.to_thread(store.settings, entry.name)).alerts
    settings = replace(session.settings, profile=entry.name, alerts=alerts)
    return saved, dataclasses.replace(session, settings=settings)
