"""Adoption: a former installation's contacts and subscriptions are taken over from CSV.

``columns`` says what a file may hold, ``table`` reads it, ``mapping`` makes deliveries of its rows, ``adopting`` brings them
into the contact store, ``subscribed`` sets who is subscribed to a list of CPR's.
"""
