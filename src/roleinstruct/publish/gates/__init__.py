"""What is checked before anything leaves the machine."""
