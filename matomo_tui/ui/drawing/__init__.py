"""Number formats, themes, glyphs, axes and plotting."""
