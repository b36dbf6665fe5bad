"""How a runbook is carried out: planning, hosts, artefacts, journal and front ends."""
