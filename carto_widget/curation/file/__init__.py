"""The ledger's file: what a line may say, lines as columns, what others have added."""
