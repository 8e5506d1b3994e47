"""What happened in training: rows, the crash-safe run, `TrainingDynamics`."""
