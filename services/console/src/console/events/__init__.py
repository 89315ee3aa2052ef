"""What went over the bus, and what was given up there, for operators."""
