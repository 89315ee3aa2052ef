"""What callers get to see, as the API and the command line give it."""
