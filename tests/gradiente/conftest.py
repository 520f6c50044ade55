"""Un servidor HTTP local que se porta bien o mal, y carpetas de datos vacías."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Servidor(ThreadingHTTPServer):
    """Sirve ``paginas[ruta]`` del modo que diga el primer tramo de la ruta.

    ``/bueno/x`` la sirve bien; ``/truncado/x`` corta a la mitad; ``/sinlargo/x`` no
    anuncia el tamaño y acaba a la mitad; ``/lento/x`` se calla a la mitad; ``/goteo/x``
    manda un byte cada vez; ``/pausa/x`` espera antes de mandarla; otra, da 404.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Manejador)
        self.paginas: dict[str, bytes] = {}
        self.peticiones: list[str] = []

    def url(self, ruta: str) -> str:
        """Devuelve la dirección de ``ruta`` («modo/nombre») en este servidor."""
        return f"http://127.0.0.1:{self.server_port}/{ruta}"


class _Manejador(BaseHTTPRequestHandler):
    server: Servidor

    def do_GET(self) -> None:
        self.server.peticiones.append(self.path)
        _, modo, nombre = self.path.split("/", 2)
        datos = self.server.paginas.get(nombre)
        modos = ("bueno", "truncado", "sinlargo", "lento", "goteo", "pausa")
        if datos is None or modo not in modos:
            self.send_error(404)
            return
        self.send_response(200)
        if modo != "sinlargo":
            self.send_header("Content-Length", str(len(datos)))
        self.end_headers()
        mitad = len(datos) // 2
        try:
            if modo in ("truncado", "sinlargo", "lento"):
                self.wfile.write(datos[:mitad])
                self.wfile.flush()
                if modo == "lento":
                    time.sleep(1.5)
            elif modo == "goteo":
                for i in range(len(datos)):
                    self.wfile.write(datos[i : i + 1])
                    self.wfile.flush()
                    time.sleep(0.05)
            else:
                time.sleep(0.5 if modo == "pausa" else 0)
                self.wfile.write(datos)
        except OSError:
            pass  # quien descargaba se cansó
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """No ensucia la salida de las pruebas."""


@pytest.fixture
def servidor() -> Iterator[Servidor]:
    """Un servidor local, en su hilo."""
    with Servidor() as s:
        hilo = threading.Thread(target=s.serve_forever, args=(0.05,), daemon=True)
        hilo.start()
        yield s
        s.shutdown()
        hilo.join()


@pytest.fixture
def vacio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sin carpeta de copias, y con una caché vacía, que devuelve."""
    monkeypatch.delenv("GRADIENTE_DATOS", raising=False)
    monkeypatch.setenv("GRADIENTE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
