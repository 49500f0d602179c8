from tests.support.transforming import run

__all__ = ["run"]
