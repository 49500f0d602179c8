"""The pivot and eHDSI CDA documents, read and written by thing; a last check reads what was printed."""
