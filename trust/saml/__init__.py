"""SAML 2.0 assertions of eHDSI (IHE XUA): HCP, TRC and NOK, issued and verified."""
