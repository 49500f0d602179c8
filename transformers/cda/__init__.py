"""The pivot and eHDSI CDA documents: views are made here, templates print them, a last check reads what was printed."""
