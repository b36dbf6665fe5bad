"""Plans, runs, records and verifies steps; knows actions, never a particular step."""
