"""The data that traffic is generated from: pages, products, sources, places, devices, hostile strings. No logic."""
