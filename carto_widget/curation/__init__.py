"""What people have said of a dataset's samples: the ledger.

The door is `Ledger`, made of one part a room. A saying goes through them in this order: `samples`
(what it is about), `file` (its line), `held` (what holds), then `reports`, `applied` (new datasets)
and `exchange` (other labelling tools).
"""
