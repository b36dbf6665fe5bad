"""The runbook as it leaves the program: documents and playbooks, made from the same plan."""
