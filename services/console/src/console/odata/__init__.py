"""Reading the contact store over OData v4."""
