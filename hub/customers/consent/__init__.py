"""What customers allow: kept by the hash of the address, appended only, with what counts now."""
