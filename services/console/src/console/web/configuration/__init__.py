"""The pages of the configuration: modules, contact types, external sources, schedules, policy, retention, signing keys, history."""
