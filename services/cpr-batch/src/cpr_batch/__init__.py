"""CPR Batch: fetches subscription files and imports them."""
