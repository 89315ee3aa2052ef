"""Stand-ins for the registers, with fictional persons."""
