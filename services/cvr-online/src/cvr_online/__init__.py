"""CVR Online: looks companies and production units up, and imports them."""
