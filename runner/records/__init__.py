"""What stays on the host when a session is over, for its user to look up."""
