"""CVR Subscription: subscribes companies and production units, hears what changed, and queues updates."""
