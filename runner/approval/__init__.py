"""Asking the user: what waits for an answer, who may give it, and what an answer means."""
