"""All of Registerbro on one machine, in one process."""
