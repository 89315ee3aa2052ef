"""The pages of CVR Update: its switch, subscriptions, synchronisation, queue, failures, and comparisons with the register."""
