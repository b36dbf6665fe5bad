"""All faults, and which of them are drills."""

from __future__ import annotations

from runbook.training.application_faults import APPLICATION_FAULTS
from runbook.training.balancer_faults import BALANCER_FAULTS
from runbook.training.fault import Fault
from runbook.training.node_faults import NODE_FAULTS

FAULTS: tuple[Fault, ...] = (*BALANCER_FAULTS, *NODE_FAULTS, *APPLICATION_FAULTS)
DRILLS: tuple[Fault, ...] = tuple(each for each in FAULTS if each.drill is not None)
