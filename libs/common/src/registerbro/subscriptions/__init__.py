"""Whom of the persons in the store CPR subscribes for us: who should be, who never shall, and what CPR's lists say.

``asking`` stores wishes, ``never`` keeps those whom nobody may subscribe, ``cases`` who is party to an open case, ``policy``
turns cases into wishes every day, ``reconciliation`` compares CPR's list of subscribed numbers with the store. What differs
between wish and state is told to CPR elsewhere: online or by an input file.
"""
