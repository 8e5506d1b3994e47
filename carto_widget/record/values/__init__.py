"""What is computed of a batch: tasks, signals, and the steps that wait for their values."""
