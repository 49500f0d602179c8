from tests.gateway.cli.conftest import own

__all__ = ["own"]
