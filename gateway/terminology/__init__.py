"""Which terminology release is in force: imported, checked, approved by another, activated, rolled back; on record."""
