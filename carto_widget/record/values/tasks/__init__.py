"""What can be learned: one file a task, found by listing the folder (see ``record.task``)."""
