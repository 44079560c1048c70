"""How figures, charts and signs are drawn: formats, themes, glyphs, axes, plotting."""
