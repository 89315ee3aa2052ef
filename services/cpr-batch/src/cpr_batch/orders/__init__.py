"""Orders to CPR: who is to be subscribed or no longer, whose data are wanted, and what CPR answers.

``asking`` takes orders, ``writing`` puts those that wait into a day's input file, ``uploading`` brings it to the server,
``answers`` takes what later files say of them.
"""
