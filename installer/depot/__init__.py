"""Artefacts: brought to this machine once, verified, cached, handed to the hosts."""
