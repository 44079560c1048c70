"""Settings and profiles (TOML), where the token comes from, and the platform's folders."""
