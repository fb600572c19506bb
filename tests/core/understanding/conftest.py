"""The names of the bundled catalogue, read once."""

import pytest

from core.catalog.bundle import bundled_files
from core.catalog.reader import Catalogue, read_catalogue
from core.catalog.roster import entry_of
from core.understanding.directory import Directory


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return read_catalogue(bundled_files())


@pytest.fixture(scope="session")
def directory(catalogue: Catalogue) -> Directory:
    return Directory(map(entry_of, catalogue.titles))
