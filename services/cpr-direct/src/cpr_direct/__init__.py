"""CPR Direkte: looks persons up online, imports them, and keeps their subscriptions."""
