"""Cada comprobación, delante de una página con el defecto que busca: debe verlo."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import auditoria
import chromium
import pytest
from auditoria import visitar
from chromium import servir
from playwright.sync_api import Browser

pytestmark = pytest.mark.navegador

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJ"
    "RU5ErkJggg=="
)
BUENA = """<article><h1>Buena</h1><p>Una página sin defectos.</p>
<img src="pixel.png" alt="Un punto de color violeta" width="1" height="1"></article>
<button class="search-button__button">Buscar</button>"""
DEFECTOS = {
    "terceros": '<article><img src="http://127.0.0.1:9/x.png" alt="Otro"></article>',
    "errores": "<script>throw new Error('roto')</script>",
    "peso": '<script src="pesado.js"></script>',
    "desborde": '<article><div style="width: 3000px">ancha</div></article>',
    "ecuaciones": """<article><div class="math" style="overflow-x: auto">
      <span style="display: block; width: 3000px">y = x</span></div></article>""",
    "saltos": """<article><p>Texto</p><p>que baja</p></article><script>
      setTimeout(() => { const d = document.createElement("div");
        d.style.height = "400px"; document.body.prepend(d); }, 200)</script>""",
    "accesibilidad": '<article><img src="pixel.png"><button></button></article>',
    "imagenes": '<article><img src="pixel.png" alt="figura_3.png"></article>',
    "ingles": '<button aria-label="Toggle primary sidebar">≡</button>',
    "buscadores": '<button class="search-button__button">Buscar</button>' * 2,
    "sin_convertir": "<article><p>| Formas | |---|---| | x |</p></article>",
    "figuras": '<div class="gradiente-figura" data-figura="ninguna"></div>',
}


def pagina(cuerpo: str, lengua: str = "es") -> str:
    """Devuelve una página completa."""
    return (
        f'<!doctype html><html lang="{lengua}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Prueba</title>'
        f'<link rel="icon" href="data:,"></head><body><main>{cuerpo}</main>'
        "</body></html>"
    )


@pytest.fixture(scope="module")
def malas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    carpeta = tmp_path_factory.mktemp("malas")
    (carpeta / "buena.html").write_text(pagina(BUENA), "utf-8")
    codigo = "<h1>Código</h1><pre>" + "<span class='k'>si</span> " * 9
    codigo += "<span class='c' style='color: #ccc'># pálido</span> " * 9 + "</pre>"
    (carpeta / "codigo.html").write_text(pagina(codigo), "utf-8")
    (carpeta / "idioma.html").write_text(pagina(BUENA, "en"), "utf-8")
    for nombre, cuerpo in DEFECTOS.items():
        (carpeta / f"{nombre}.html").write_text(pagina(cuerpo), "utf-8")
    (carpeta / "pixel.png").write_bytes(PIXEL)
    relleno = "// " + "".join(f"{n * n:x}" for n in range(170_000))
    (carpeta / "pesado.js").write_text(relleno, "utf-8")
    with servir(carpeta) as url:
        yield url


def mirar(navegador: Browser, url: str, origen: str, nombre: str) -> list[str]:
    """Aplica una comprobación a una página."""
    with visitar(navegador, url, origen) as visita:
        auditoria.recorrer(visita)
        visita.pagina.wait_for_timeout(400)
        return getattr(auditoria, nombre)(visita)


@pytest.mark.parametrize("nombre", [*DEFECTOS, "idioma"])
def test_la_comprobacion_ve_el_defecto(
    nombre: str, navegador: Browser, malas: str
) -> None:
    assert mirar(navegador, f"{malas}{nombre}.html", malas, nombre)


@pytest.mark.parametrize("nombre", [*DEFECTOS, "idioma"])
def test_la_comprobacion_deja_pasar_lo_que_esta_bien(
    nombre: str, navegador: Browser, malas: str
) -> None:
    assert mirar(navegador, f"{malas}buena.html", malas, nombre) == []


@pytest.mark.parametrize(
    ("texto", "crudo"),
    [
        ("| a | b | |---|---|", True),
        ("::: {note}", True),
        ("véase {eq}`eq-1`", True),
        ("con **negrita", True),
        ("vale $\\log(1 - x)$ en", True),
        ("cuesta 5 $ o 7", False),
        ("P(A|B) y a || b, de 2 a 3 — y más", False),
        ("x ** 2", False),
    ],
)
def test_lo_crudo_se_distingue_de_la_prosa(texto: str, crudo: bool) -> None:
    assert bool(auditoria.CRUDO.search(texto)) is crudo


def test_el_peso_se_mide_tambien_comprimido(navegador: Browser, malas: str) -> None:
    hallazgos = mirar(navegador, f"{malas}peso.html", malas, "peso")
    assert len(hallazgos) == 2


def test_el_codigo_sin_contraste_se_ve_en_una_pagina_larga(
    navegador: Browser, malas: str
) -> None:
    hallazgos = mirar(navegador, f"{malas}codigo.html", malas, "accesibilidad")
    assert "color-contrast" in "".join(hallazgos)


def test_un_404_es_un_error(navegador: Browser, malas: str) -> None:
    assert mirar(navegador, f"{malas}no-existe.html", malas, "errores")


@pytest.mark.parametrize(
    "texto",
    ["Search…", "Skip to main content", "Click to show", "Link to this heading"],
)
def test_el_barrido_conoce_las_cadenas_del_tema(texto: str) -> None:
    assert auditoria.INGLES.search(texto)


@pytest.mark.parametrize(
    "texto", ["Índice del libro", "Mostrar el código", "Error frecuente", "Modo oscuro"]
)
def test_el_barrido_no_se_confunde_con_el_espanol(texto: str) -> None:
    assert not auditoria.INGLES.search(texto)


def test_sin_navegador_las_pruebas_fallan_y_dicen_como_instalarlo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GRADIENTE_CHROMIUM", raising=False)
    with pytest.raises(pytest.fail.Exception, match="make navegador"):
        chromium.ruta_chromium()


def test_las_paginas_se_descubren_del_sitio(tmp_path: Path) -> None:
    for ruta in ("index.html", "search.html", "book/x.html", "_static/y.html"):
        (tmp_path / ruta).parent.mkdir(exist_ok=True)
        (tmp_path / ruta).write_text("", "utf-8")
    assert auditoria.paginas(tmp_path) == ["book/x.html", "search.html"]
