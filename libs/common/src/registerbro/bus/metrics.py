"""What the bus counts, in Prometheus' default registry."""

from prometheus_client import Counter, Gauge, Histogram

PUBLISHED = Counter("registerbro_events_published_total", "Events that left the outbox", ["routing_key"])
UNROUTED = Counter("registerbro_events_unrouted_total", "Events that nobody listened to", ["routing_key"])
WAITING = Gauge("registerbro_outbox_waiting", "Events in the outbox that wait for a relay")
OLDEST = Gauge("registerbro_outbox_oldest_seconds", "Age of the oldest event that waits for a relay")
HANDLED = Counter(
    "registerbro_events_handled_total",
    "Deliveries to a consumer, by what became of them",
    ["consumer", "outcome"],
)
DEAD_LETTERS = Counter("registerbro_dead_letters_total", "Messages that were given up", ["consumer"])
OPEN_DEAD_LETTERS = Gauge(
    "registerbro_dead_letters_open",
    "Messages that were given up and wait for a person's decision",
    ["consumer"],
)
SECONDS = Histogram("registerbro_event_handling_seconds", "Time a handler took for an event", ["consumer"])
