"""Norwegian services as others see them. Each rule names the public source that states it, or is `[assumed]`.

`[assumed]` is a rule that no public source we read states: no test that stands on it proves anything of the service.
Where it takes what the service may refuse, it says so, for there it can hide a fault of ours.
"""
