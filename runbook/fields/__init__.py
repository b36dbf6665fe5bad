"""The values of cluster.toml: what each may look like, and why something else may not."""
