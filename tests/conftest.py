"""Lo que comparten las pruebas de varias carpetas: un navegador, o un fallo claro."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import OPCIONES, SIN_NAVEGADOR, ruta_chromium
from playwright.sync_api import Browser, Error, sync_playwright


@pytest.fixture(scope="module")
def navegador() -> Iterator[Browser]:
    """Chromium abierto, uno por archivo de pruebas.

    Mientras vive ocupa el bucle de asyncio del proceso, y los cuadernos también lo
    necesitan: por eso no dura la sesión entera.
    """
    ruta = ruta_chromium()
    with sync_playwright() as motor:
        try:
            chromium = motor.chromium.launch(executable_path=ruta, args=OPCIONES)
        except Error as error:
            pytest.fail(f"{SIN_NAVEGADOR}\n{ruta} no arranca: {error}", pytrace=False)
        yield chromium
        chromium.close()
