"""What the dashboard and the commands that print share: read calls, reports by name, output formats. No Textual."""
