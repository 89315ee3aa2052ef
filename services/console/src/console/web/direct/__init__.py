"""The pages of CPR Direkte: the way to CPR, the password, and who is subscribed."""
