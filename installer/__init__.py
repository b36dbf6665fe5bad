"""How a runbook is carried out: planning, hosts, artefacts, journal and front ends."""

__version__ = "0.1.0"
