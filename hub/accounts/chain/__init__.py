"""The audit log as a hash chain: who changes, removes, adds or swaps lines of it is found out.

`model`: what is hashed and how a link is checked (pure) · `service`: links made with the lines ·
`walk`: the chain held against the log, step by step · `standing`: what was found last.
"""
