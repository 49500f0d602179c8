"""Norwegian services as others see them. A rule names the public source that states it, or is assumed (`rules.py`)."""
