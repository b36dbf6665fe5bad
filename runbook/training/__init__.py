"""What is learnt from the runbook: lessons from its steps, and faults to find. Pure data."""
