"""Accounts of a ledger: counts, changes, how many labels are wrong, how far reviewers agree."""
