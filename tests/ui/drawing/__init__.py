"""Tests of formats, themes, axes and plotting."""
