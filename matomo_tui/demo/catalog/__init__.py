"""What the demo's traffic is made of: pages, products, sources, places, devices, hostile strings. Data, no logic."""
