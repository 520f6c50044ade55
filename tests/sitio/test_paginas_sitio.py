"""Los presupuestos del libro, medidos en Chromium en cada página del sitio.

Las páginas se descubren del sitio construido: una nueva se mide sin tocar nada.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import auditoria
import pytest
from auditoria import MOVIL, Visita, visitar
from playwright.sync_api import Browser

pytestmark = pytest.mark.navegador

# Qué se mira en cada visita. El peso se mide antes de recorrer la página.
AL_LLEGAR: tuple[Callable[[Visita], list[str]], ...] = (
    auditoria.peso,
    auditoria.idioma,
    auditoria.buscadores,
    auditoria.ingles,
    auditoria.imagenes,
    auditoria.sin_convertir,
)
TRAS_RECORRER = (
    auditoria.terceros,
    auditoria.errores,
    auditoria.desborde,
    auditoria.ecuaciones,
    auditoria.saltos,
    auditoria.figuras,
    auditoria.accesibilidad,
)
VISITAS = {
    "escritorio en claro": {"color_scheme": "light"},
    "móvil en oscuro": {"color_scheme": "dark", "ventana": MOVIL},
}


TANDAS = 8  # las páginas se reparten para que cada proceso mire unas cuantas


@pytest.mark.parametrize("tanda", range(TANDAS))
def test_cada_pagina(
    tanda: int, navegador: Browser, sitio: Path, direccion: str
) -> None:
    miradas = auditoria.paginas(sitio)[tanda::TANDAS]
    assert len(miradas) >= 2, "se esperaban más páginas en el sitio"
    malas = []
    for pagina in miradas:
        for nombre, opciones in VISITAS.items():
            with visitar(
                navegador, direccion + pagina, direccion, **opciones
            ) as visita:
                visita.pagina.wait_for_load_state("networkidle")
                encontrado = {f.__name__: f(visita) for f in AL_LLEGAR}
                auditoria.recorrer(visita)
                encontrado |= {f.__name__: f(visita) for f in TRAS_RECORRER}
            malas += [
                f"{pagina} ({nombre}), {comprobacion}: {hallazgo}"
                for comprobacion, hallazgos in encontrado.items()
                for hallazgo in hallazgos
            ]
    assert not malas, "\n".join(malas)


def test_los_enlaces_de_descarga_llevan_a_archivos(sitio: Path) -> None:
    rotos, buenos = [], 0
    for pagina in auditoria.paginas(sitio):
        texto = (sitio / pagina).read_text("utf-8")
        for destino in re.findall(r'<a\b[^>]*\bhref="([^"]+)"[^>]*\bdownload', texto):
            if (sitio / pagina).parent.joinpath(destino).resolve().is_file():
                buenos += 1
            else:
                rotos.append(f"{pagina} → {destino}")
    assert buenos > 0, "ninguna página ofrece cuadernos"
    assert not rotos, "descargas que no existen:\n" + "\n".join(rotos)


def test_la_busqueda_no_pide_tildes(navegador: Browser, direccion: str) -> None:
    url = direccion + "search.html?q=regresion+logistica"
    with visitar(navegador, url, direccion) as visita:
        visita.pagina.wait_for_selector("#search-results li a", timeout=15_000)
        titulos = visita.pagina.locator("#search-results li > a").all_inner_texts()
        assert titulos[0] == "Regresión logística"
        resumen = visita.pagina.locator("#search-results .context").first
        resumen.wait_for(timeout=15_000)
        assert "Colab" not in resumen.inner_text(), "el extracto es del menú"
        assert auditoria.errores(visita) == []


def test_el_buscador_se_abre_con_el_teclado(navegador: Browser, direccion: str) -> None:
    with visitar(navegador, direccion + "book/portada.html", direccion) as visita:
        visita.pagina.keyboard.press("Control+k")
        campo = visita.pagina.locator("#pst-search-dialog input")
        campo.wait_for(state="visible")
        campo.fill("regresion")
        campo.press("Enter")
        visita.pagina.wait_for_selector("#search-results li a", timeout=15_000)
