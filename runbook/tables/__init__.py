"""The tables of cluster.toml, each key with its question, its explanation and its default."""
