"""One module for each kind of action: what it asks the host, what it would change, how it is done and undone."""
