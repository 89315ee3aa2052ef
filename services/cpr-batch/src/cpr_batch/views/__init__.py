"""What the API answers with and the command line prints as JSON: the same models for both, a module for each topic."""
