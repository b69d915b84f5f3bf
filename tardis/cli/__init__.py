"""One thin shell per program, and what they share."""
