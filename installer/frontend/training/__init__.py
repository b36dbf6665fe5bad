"""Training for every front end: lessons, drills and the document's mistakes on a practice lab."""
