"""``python -m tests.screenshots``: renders ``screenshots/`` from the demo in three sizes.

The clock stands still, so that a picture changes only if the program does. The fonts JetBrains Mono and IPAGothic (or
another font with Japanese letters) must be installed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from msgspec.structs import replace

from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.settings import Settings
from tests.config.keyrings import NO_KEYRING
from tests.screenshots import admin_scenes, scenes, wall_scenes
from tests.screenshots.drawing import missing_fonts, png
from tests.screenshots.stage import theatre

FOLDER = Path(__file__).parent.parent.parent / "screenshots"
SIZES = {(80, 24): 1.0, (120, 40): 1.0, (200, 60): 0.8}
"""Columns and rows, and how large that is drawn."""
SCENES = scenes.SCENES | admin_scenes.SCENES | wall_scenes.SCENES


async def take(scene: str, size: tuple[int, int], settings: Settings, role: str = "superuser") -> tuple[str, str]:
    """Render one scene as SVG and as text."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MATOMO_TUI_STATE_DIR"] = scratch
        settings = replace(settings, alerts=scenes.ALERTS) if scene == "alerts" else settings
        profiles = ProfileStore(Path(scratch), NO_KEYRING) if scene == "connect" else None
        if scene == "replay":
            stage = wall_scenes.replaying(size, settings)
        else:
            kiosk = scene.startswith("kiosk")
            stage = theatre(size, replace(settings, kiosk=kiosk, night=None), role, profiles=profiles)
        async with stage as on:
            await SCENES[scene](on)
            await on.dismiss_toasts()
            strips = on.app.screen._compositor.render_strips()
            text = "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
            return on.app.export_screenshot(title="matomo-tui"), text


def main() -> None:
    """Render the named scenes, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], default=[])
    parser.add_argument("--theme", default="", help="another theme than the first one")
    parser.add_argument("--color", default="auto", help="as the program's: 256, 16, none")
    parser.add_argument("--ascii", action="store_true", help="plain signs")
    parser.add_argument("--role", default="superuser", help="whose token: superuser, admin, write or view")
    parser.add_argument("--size", action="append", help="only this size, such as 80x24")
    parser.add_argument("--text", action="store_true", help="beside each picture its lines as text")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to")
    chosen = parser.parse_args()
    if missing := missing_fonts():
        parser.error(f"the pictures would have no letters: install {' and '.join(missing)}")
    chosen.folder.mkdir(exist_ok=True, parents=True)
    os.environ.pop("NO_COLOR", None)
    if chosen.color == "none":
        os.environ["NO_COLOR"] = "1"  # as --color none does; Textual reads it when the application starts
    settings = Settings(theme=chosen.theme, ascii=chosen.ascii, color=chosen.color)
    for scene in chosen.scenes or SCENES:
        for size in SIZES:
            name = f"{scene}-{size[0]}x{size[1]}"
            if chosen.size and name.removeprefix(f"{scene}-") not in chosen.size:
                continue
            svg, text = asyncio.run(take(scene, size, settings, chosen.role))
            path = chosen.folder / f"{name}.png"
            path.write_bytes(png(svg, SIZES[size]))
            if chosen.text:
                path.with_suffix(".txt").write_text(text, encoding="utf-8")
            sys.stderr.write(f"{path}\n")


if __name__ == "__main__":
    main()
