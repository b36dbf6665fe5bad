"""Hosts over Fabric: connections, surveys, files, detached jobs and HTTP through SSH."""
