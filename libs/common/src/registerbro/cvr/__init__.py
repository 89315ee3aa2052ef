"""CVR, the register of companies and production units: its numbers, what its sources deliver, and what it means for a contact.

Nothing here asks a register: clients stand in ``registerbro.registers``.
"""
