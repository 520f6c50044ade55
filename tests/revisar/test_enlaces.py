"""Enlaces y citas, contra archivos de mentira y un servidor de esta máquina."""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from herramientas import enlaces
from herramientas.enlaces import comprobar, externos, internos


@pytest.fixture
def proyecto(tmp_path: Path) -> Path:
    (tmp_path / "book").mkdir()
    (tmp_path / "README.md").write_text(
        "# Léeme\n\n## Cómo se usa\n\n[bien](book/a.md) [bien](#cómo-se-usa)\n\n"
        "[bien](../../actions/workflows/ci.yml)\n",
        encoding="utf-8",
    )
    (tmp_path / "book" / "a.md").write_text(
        "# A\n\n{cite:t}`cox1958` y [b](b.ipynb) y [](una-seccion) y [](#ancla)\n",
        encoding="utf-8",
    )
    (tmp_path / "book" / "b.md").write_text("# B\n", encoding="utf-8")
    (tmp_path / "book" / "referencias.bib").write_text(
        "% comentario\n@article{cox1958,\n  title = {Uno}\n}\n", encoding="utf-8"
    )
    return tmp_path


def _anadir(ruta: Path, texto: str) -> None:
    ruta.write_text(ruta.read_text(encoding="utf-8") + texto, encoding="utf-8")


def test_un_proyecto_bien_enlazado(proyecto):
    assert list(internos(proyecto)) == []


@pytest.mark.parametrize(
    ("archivo", "texto", "mensaje"),
    [
        ("README.md", "\n[x](book/no.md)\n", "«book/no.md» no existe"),
        ("README.md", "\n[x](#nada)\n", "no hay ningún título ni ancla «nada»"),
        ("README.md", "\n[x](book/a.md#nada)\n", "no hay ningún título"),
        ("README.md", "\n![x](no.png)\n", "«no.png» no existe"),
        ("book/a.md", "\n[x](no.md)\n", "«no.md» no existe"),
        ("book/a.md", "\n[x](no.ipynb)\n", "«no.ipynb» no existe"),
        ("book/a.md", "\n{cite}`cox1958,nadie1900`\n", "«nadie1900» no está"),
        ("book/a.md", "\n```{note}\n{cite}`nadie1900`\n```\n", "«nadie1900» no está"),
        ("book/referencias.bib", "@book{otra2000,\n}\n", "no se cita"),
    ],
)
def test_lo_que_no_lleva_a_ninguna_parte(proyecto, archivo, texto, mensaje):
    _anadir(proyecto / archivo, texto)
    rotos = list(internos(proyecto))
    assert [r.archivo for r in rotos] == [archivo]
    assert mensaje in rotos[0].mensaje


# --- Con un servidor local -----------------------------------------------------------


class _Servidor(BaseHTTPRequestHandler):
    pedidos: ClassVar[Counter[str]] = Counter()

    def do_GET(self):
        ruta = self.path
        self.pedidos[f"{self.command} {ruta}"] += 1
        veces = self.pedidos[f"{self.command} {ruta}"]
        if ruta == "/lento":
            time.sleep(1.5)
        codigo = {
            "/bien": 200,
            "/lento": 200,
            "/mudado": 301,
            "/pasajero": 200 if veces > 1 else 502,
            "/sin-head": 405 if self.command == "HEAD" else 200,
            "/averiado": 500,
        }.get(ruta, 404)
        try:
            self.send_response(codigo)
            if codigo == 301:
                self.send_header("Location", "/bien")
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            pass  # el cliente se cansó de esperar

    do_HEAD = do_GET

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def servidor():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Servidor) as http:
        hilo = threading.Thread(target=http.serve_forever, daemon=True)
        hilo.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        hilo.join()


def _comprobar(url: str):
    return comprobar(url, limite=0.5, espera=0.01)


@pytest.mark.parametrize("ruta", ["/bien", "/bien#ancla", "/sin-head", "/pasajero"])
def test_lo_que_responde(servidor, ruta):
    assert _comprobar(servidor + ruta).bien


def test_una_redireccion_dice_adonde_lleva(servidor):
    respuesta = _comprobar(f"{servidor}/mudado")
    assert respuesta.bien
    assert respuesta.destino == f"{servidor}/bien"


@pytest.mark.parametrize(
    ("ruta", "detalle", "intentos"),
    [
        ("/no-esta", "responde 404", 1),
        ("/averiado", "responde 500", 3),
        ("/lento", "no responde en 0.5 s", 3),
    ],
)
def test_lo_que_no_responde(servidor, ruta, detalle, intentos):
    _Servidor.pedidos.clear()
    respuesta = _comprobar(servidor + ruta)
    assert not respuesta.bien
    assert respuesta.detalle == detalle
    assert _Servidor.pedidos[f"HEAD {ruta}"] == intentos


def test_un_servidor_que_no_existe():
    assert not comprobar("http://127.0.0.1:1/", limite=0.5, intentos=1).bien


def test_los_externos_del_proyecto(proyecto, servidor, monkeypatch):
    _anadir(
        proyecto / "README.md",
        f"\n[a]({servidor}/bien) [b]({servidor}/no-esta) <{servidor}/ignorado>\n",
    )
    _anadir(
        proyecto / "book" / "referencias.bib",
        f"@misc{{web,\n  url = {{{servidor}/tampoco}}\n}}\n",
    )
    monkeypatch.setattr(enlaces, "ignorados", lambda: {f"{servidor}/ign": "prueba"})
    rotos, mudados = externos(proyecto, limite=1, espera=0.01)
    assert [(r.archivo, r.linea) for r in rotos] == [
        ("README.md", 9),
        ("book/referencias.bib", 6),
    ]
    assert mudados == []


def test_lo_ignorado_dice_por_que():
    assert all(enlaces.ignorados().values())


def test_ignorar_sin_razon_es_un_error(tmp_path, monkeypatch):
    lista = tmp_path / "ignorados.tsv"
    lista.write_text("https://ejemplo.es/\n", encoding="utf-8")
    monkeypatch.setattr(enlaces, "IGNORADOS", lista)
    with pytest.raises(ValueError, match="no dice por qué"):
        enlaces.ignorados()


def test_sin_externos_no_se_toca_la_red(proyecto, monkeypatch):
    def prohibido(*_args, **_claves):
        raise AssertionError("se pidió una dirección")

    monkeypatch.setattr(enlaces, "_pedir", prohibido)
    args = argparse.Namespace(externos=False, limite=1.0, raiz=proyecto)
    _anadir(proyecto / "README.md", "\n<https://ejemplo.es/no-esta>\n")
    assert enlaces.ejecutar(args) == 0
