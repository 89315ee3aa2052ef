"""The pages of contacts: search, one contact and all that is known of it, import, change, close, erase, export."""
