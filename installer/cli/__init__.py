"""The plain-terminal front end."""
