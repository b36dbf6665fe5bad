"""The screens of the wizard; each holds what it shows and which keys it takes, nothing else."""
