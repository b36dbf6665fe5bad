"""What a cluster needs: the documented steps as descriptions, free of any input or output."""
