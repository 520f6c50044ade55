"""Chromium y un servidor local, para mirar un sitio construido."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SIN_NAVEGADOR = (
    "No hay un Chromium que abrir, y estas pruebas miran el sitio con uno. Instálalo "
    "con `make navegador` (en Debian, `apt-get install chromium`) o di dónde está con "
    "GRADIENTE_CHROMIUM=/ruta/al/navegador."
)
OPCIONES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Callado(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """No escribe nada."""


@contextmanager
def servir(carpeta: Path) -> Iterator[str]:
    """Sirve una carpeta en un puerto libre y da su dirección."""
    manejador = functools.partial(_Callado, directory=str(carpeta))
    with ThreadingHTTPServer(("127.0.0.1", 0), manejador) as servidor:
        hilo = threading.Thread(target=servidor.serve_forever, daemon=True)
        hilo.start()
        try:
            yield f"http://127.0.0.1:{servidor.server_port}/"
        finally:
            servidor.shutdown()
            hilo.join()


def ruta_chromium() -> str:
    """Devuelve el Chromium que se usa; falla si no hay ninguno."""
    candidatos = [os.environ.get("GRADIENTE_CHROMIUM"), "chromium"]
    candidatos += ["chromium-browser", "google-chrome"]
    for nombre in filter(None, candidatos):
        if encontrado := shutil.which(nombre):
            return encontrado
    pytest.fail(SIN_NAVEGADOR, pytrace=False)
