"""The event bus: outbox, port, the RabbitMQ and in-process adapters, dead letters."""
