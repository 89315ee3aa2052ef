"""What Registerbro's services share."""
