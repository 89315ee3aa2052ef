"""The bounds of the ids that the store gives to contacts, files, problems, orders and what else is listed."""

LAST_ID = 2**53 - 1  # the largest that every reader of JSON keeps exactly (RFC 8259, 6)
