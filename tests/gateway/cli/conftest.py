from tests.support.documents.transforming import run

__all__ = ["run"]
