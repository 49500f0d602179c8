"""What codes mean across the border: the release, and transcoding by it."""
