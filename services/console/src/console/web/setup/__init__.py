"""The first start: a short guided set-up, shown until it is done. What is done is found from the services, never remembered."""
