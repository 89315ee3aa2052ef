"""The configuration that operators change while the services run, with its history.

Every change takes one lock, is checked as a whole, and is stored together with who made it, an event and a counter, by which
running services notice it within seconds (decision 0023).
"""
