"""The samples that edits are about: which dataset they are of, what each holds, which are meant."""
