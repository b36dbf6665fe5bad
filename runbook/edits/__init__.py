"""Pure edits of configuration files: text in, text out, untouched bytes stay untouched."""
