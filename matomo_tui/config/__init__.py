"""Settings, profiles (TOML), token sources and folders."""
