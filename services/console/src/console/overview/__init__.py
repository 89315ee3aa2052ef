"""How everything stands, for those who operate it: services and registers, the last hours in figures, what needs a person."""
