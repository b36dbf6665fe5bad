"""The practice lab: bare hosts on Podman, made and unmade in seconds."""
