"""Settings and profiles (TOML), token sources, and the platform's folders."""
