"""What the engineer who runs the bridge does from the command line."""
