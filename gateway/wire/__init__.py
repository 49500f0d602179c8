"""SOAP as pure codecs, both sides: bytes and elements in, values out, and back. No socket, no clock, no decision."""
