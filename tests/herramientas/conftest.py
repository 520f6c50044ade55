"""Un libro diminuto en una carpeta temporal, para probar las herramientas con él."""

from collections.abc import Callable
from pathlib import Path

import pytest
from libro_minimo import escribir_seccion


@pytest.fixture
def raiz(tmp_path: Path) -> Path:
    """Raíz de un libro vacío."""
    for carpeta in ("book", "solutions", "labs"):
        (tmp_path / carpeta).mkdir()
    return tmp_path


@pytest.fixture
def seccion(raiz: Path) -> Callable[..., Path]:
    """Función que escribe una fuente en la raíz temporal."""

    def escribir(rel: str, **opciones) -> Path:
        return escribir_seccion(raiz, rel, **opciones)

    return escribir
