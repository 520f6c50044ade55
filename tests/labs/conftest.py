"""Lo que comparten las pruebas de los labs: qué labs hay y qué pasa sin datos."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from herramientas import fuentes

sys.path.insert(0, str(Path(__file__).parent))

from mecanica import labs


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Cada lab y cada marco entran solos en las pruebas que los piden."""
    nombres = {"lab", "marco"} & set(metafunc.fixturenames)
    if nombres == {"lab", "marco"}:
        casos = [(lab, marco) for lab in labs() for marco in fuentes.MARCOS]
        metafunc.parametrize(("lab", "marco"), casos)
    elif nombres == {"lab"}:
        metafunc.parametrize("lab", labs())


@pytest.fixture
def sin_datos(request: pytest.FixtureRequest):
    """Función que salta la prueba por falta de datos, alto; en CI, la hace fallar."""

    def saltar(motivo: str) -> None:
        if os.environ.get("CI"):
            pytest.fail(f"En CI, saltar un lab es un fallo. {motivo}")
        pytest.skip(f"SIN DATOS: {motivo}")

    return saltar


def pytest_terminal_summary(terminalreporter) -> None:
    """Lo saltado por falta de datos se dice al final, donde se ve."""
    saltadas = [
        informe.nodeid
        for informe in terminalreporter.stats.get("skipped", [])
        if "SIN DATOS" in str(informe.longrepr)
    ]
    if saltadas:
        terminalreporter.section("LABS SIN PROBAR: NO HAY DATOS", sep="!", red=True)
        for nombre in saltadas:
            terminalreporter.line(nombre)
        terminalreporter.line(
            "Defina GRADIENTE_DATOS con una carpeta de copias locales, o dé acceso a "
            "la red para que se descarguen."
        )
