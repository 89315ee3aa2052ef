"""CVR Update: works the service queue and brings companies and production units up to date."""
