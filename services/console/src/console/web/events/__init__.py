"""The pages of events: what went over the bus, and what consumers gave up."""
