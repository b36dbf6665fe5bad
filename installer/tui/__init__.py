"""The wizard: the same engine behind a full screen."""
