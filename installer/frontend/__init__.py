"""What every front end does for an operator; knows neither a terminal nor a screen."""
