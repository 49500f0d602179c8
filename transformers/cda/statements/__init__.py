"""Clinical statements of a CDA: what is one, what is a part of one, and what only looks like one."""
