"""Settings files: what they may hold, which of them count, and where each value was written."""
