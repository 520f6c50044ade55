"""Cómo se comportan las pestañas, los menús, las figuras y la impresión."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import auditoria
import pytest
from auditoria import visitar
from chromium import servir
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.navegador

SECCION = "book/01-parte/seccion.html"
OTRA = "book/01-parte/otra.html"


@pytest.fixture(scope="module")
def prueba(libro_bueno: Path) -> Iterator[str]:
    """Dirección del libro de prueba."""
    with servir(libro_bueno / "_build" / "html") as url:
        yield url


@pytest.fixture
def abrir(navegador: Browser, prueba: str) -> Iterator[Callable[[str], Page]]:
    """Abre páginas del libro de prueba en un mismo perfil."""
    contexto = navegador.new_context(viewport={"width": 1000, "height": 800})

    def _abrir(ruta: str) -> Page:
        pagina = contexto.new_page()
        auditoria.abrir(pagina, prueba + ruta)
        return pagina

    yield _abrir
    contexto.close()


def marcos_visibles(pagina: Page) -> list[str]:
    """Marcos cuyo contenido se ve, en orden de aparición."""
    clases = pagina.locator(".marcos > .sd-tab-content:visible").evaluate_all(
        "paneles => paneles.map(p => p.className)"
    )
    return [re.search(r"marco-(\w+)", c)[1] for c in clases]


def test_al_elegir_un_marco_cambian_todas_las_pestanas(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    assert marcos_visibles(pagina) == ["pytorch", "pytorch"]
    pagina.locator("label.sd-tab-label", has_text="JAX").first.click()
    assert marcos_visibles(pagina) == ["jax", "jax"]


def test_un_grupo_sin_el_marco_elegido_muestra_el_primero(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    pagina.locator("label.sd-tab-label", has_text="Keras").click()
    assert marcos_visibles(pagina) == ["keras", "pytorch"]


def test_la_eleccion_se_recuerda_en_otra_pagina(abrir: Callable[[str], Page]) -> None:
    abrir(SECCION).locator("label.sd-tab-label", has_text="JAX").first.click()
    assert marcos_visibles(abrir(OTRA)) == ["jax"]


def test_el_enlace_elige_el_marco_y_se_recuerda(abrir: Callable[[str], Page]) -> None:
    assert marcos_visibles(abrir(SECCION + "?marco=jax")) == ["jax", "jax"]
    assert marcos_visibles(abrir(OTRA)) == ["jax"]


def test_un_marco_que_no_existe_no_rompe_nada(abrir: Callable[[str], Page]) -> None:
    pagina = abrir(SECCION + "?marco=caffe")
    assert marcos_visibles(pagina) == ["pytorch", "pytorch"]


def test_el_marco_recordado_esta_elegido_antes_de_pintar(
    navegador: Browser, prueba: str
) -> None:
    with visitar(navegador, prueba + SECCION + "?marco=jax", prueba) as visita:
        visita.pagina.wait_for_timeout(300)
        saltos = visita.pagina.evaluate("window.saltos")
        assert sum(salto["valor"] for salto in saltos) < 0.001, saltos


def test_las_pestanas_se_manejan_con_el_teclado(abrir: Callable[[str], Page]) -> None:
    pagina = abrir(SECCION)
    grupo = pagina.get_by_role("group", name="Versiones del código por marco").first
    radio = grupo.get_by_role("radio", name="PyTorch")
    for _ in range(80):
        pagina.keyboard.press("Tab")
        if radio.evaluate("r => r === document.activeElement"):
            break
    else:
        pytest.fail("con el tabulador no se llega a las pestañas")
    contorno = grupo.locator("label").first.evaluate(
        "r => getComputedStyle(r).outlineStyle + getComputedStyle(r).outlineWidth"
    )
    assert contorno == "solid3px", "el foco no se ve"
    pagina.keyboard.press("ArrowRight")
    assert marcos_visibles(pagina) == ["keras", "pytorch"]
    pagina.keyboard.press("ArrowRight")
    assert marcos_visibles(pagina) == ["jax", "jax"]


def test_al_cambiar_de_marco_la_pestana_no_se_mueve(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    pagina.set_viewport_size({"width": 1000, "height": 300})
    pagina.evaluate(  # una pestaña de arriba mucho más alta en un marco que en otro
        "document.querySelector('.sd-tab-content.marco-jax').style.height = '900px'"
    )
    rotulo = pagina.locator(".marcos").nth(1).locator("label", has_text="JAX")
    rotulo.scroll_into_view_if_needed()
    antes = rotulo.bounding_box()["y"]
    rotulo.click()
    pagina.wait_for_timeout(200)
    assert abs(rotulo.bounding_box()["y"] - antes) < 1


def test_al_imprimir_se_ven_los_tres_marcos(abrir: Callable[[str], Page]) -> None:
    pagina = abrir(SECCION)
    pagina.emulate_media(media="print")
    assert marcos_visibles(pagina) == ["pytorch", "keras", "jax", "pytorch", "jax"]
    rotulos = pagina.locator(".marcos > label:visible").all_inner_texts()
    assert rotulos == ["PyTorch", "Keras", "JAX", "PyTorch", "JAX"]
    alturas = pagina.locator(".marcos").first.evaluate(
        "g => [...g.children].filter(e => e.tagName != 'INPUT')"
        ".map(e => e.getBoundingClientRect().top)"
    )
    assert alturas == sorted(alturas), "cada rótulo va encima de su código"


def test_al_imprimir_se_abre_lo_plegado_y_luego_se_cierra(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    pagina.evaluate("document.documentElement.dataset.theme = 'dark'")
    tema = "document.documentElement.dataset.theme"
    abiertos = "[...document.querySelectorAll('article details')].map(d => d.open)"
    assert not any(pagina.evaluate(abiertos))
    pagina.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(pagina.evaluate(abiertos))
    assert pagina.evaluate(tema) == "light", "no se imprime sobre negro"
    pagina.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not any(pagina.evaluate(abiertos))
    assert pagina.evaluate(tema) == "dark"


def test_en_una_solucion_caben_las_lineas_de_88_columnas(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    pagina.set_viewport_size({"width": 1280, "height": 800})
    pagina.locator("details.solution > summary").click()
    codigo = pagina.locator("details.solution .cell_input pre")
    assert "#" * 83 in codigo.inner_text()
    assert codigo.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_el_acuerdo_se_abre_y_ensena_su_codigo(abrir: Callable[[str], Page]) -> None:
    pagina = abrir(SECCION)
    expect(pagina.get_by_text("comparar()")).to_be_hidden()
    pagina.get_by_text("Coinciden (tolerancia 1e-6)").first.click()
    expect(pagina.get_by_text("comparar()")).to_be_visible()


def test_el_menu_de_cuadernos_se_maneja_con_el_teclado(
    abrir: Callable[[str], Page],
) -> None:
    pagina = abrir(SECCION)
    menu = pagina.locator("details.menu-cuadernos")
    menu.locator("summary").focus()
    pagina.keyboard.press("Enter")
    expect(
        menu.get_by_role("link", name="Descargar el cuaderno: Solo JAX")
    ).to_be_visible()
    pagina.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert menu.locator("summary").evaluate("s => s === document.activeElement")
    menu.locator("summary").click()
    pagina.locator("h1").click()
    assert menu.get_attribute("open") is None


def test_sin_javascript_se_lee_todo(navegador: Browser, prueba: str) -> None:
    contexto = navegador.new_context(java_script_enabled=False)
    pagina = contexto.new_page()
    pagina.goto(prueba + SECCION)
    expect(pagina.locator(".katex").first).to_be_visible()
    pagina.locator("label.sd-tab-label", has_text="Keras").click()
    expect(pagina.get_by_text("uno en Keras")).to_be_visible()
    contexto.close()


def test_sin_almacenamiento_las_pestanas_funcionan(
    navegador: Browser, prueba: str
) -> None:
    contexto = navegador.new_context()
    contexto.add_init_script(
        "Object.defineProperty(Storage.prototype, 'getItem', "
        "{ value() { throw new Error('sin permiso'); } });"
    )
    pagina = contexto.new_page()
    auditoria.abrir(pagina, prueba + SECCION + "?marco=keras")
    assert marcos_visibles(pagina)[0] == "keras"
    pagina.locator("label.sd-tab-label", has_text="JAX").first.click()
    assert marcos_visibles(pagina) == ["jax", "jax"]
    contexto.close()


def test_el_modo_elegido_se_recuerda(abrir: Callable[[str], Page]) -> None:
    pagina = abrir(SECCION)
    boton = pagina.get_by_role("button", name=re.compile("^Cambiar entre modo"))
    vistos = set()
    for _ in range(3):
        boton.click()
        vistos.add(pagina.evaluate("document.documentElement.dataset.mode"))
    assert vistos == {"light", "dark", "auto"}
    while pagina.evaluate("document.documentElement.dataset.mode") != "dark":
        boton.click()
    assert abrir(OTRA).evaluate("document.documentElement.dataset.theme") == "dark"


def test_en_el_movil_el_indice_se_abre_y_se_cierra(
    navegador: Browser, prueba: str
) -> None:
    with visitar(navegador, prueba + SECCION, prueba, auditoria.MOVIL) as visita:
        pagina = visita.pagina
        indice = pagina.get_by_role("navigation", name="Índice del libro")
        expect(indice).to_be_hidden()
        pagina.get_by_role("button", name="Mostrar u ocultar el índice").click()
        expect(indice).to_be_visible()
        pagina.keyboard.press("Escape")
        expect(indice).to_be_hidden()


# ------------------------------------------------------------- el sitio de verdad


def test_desde_un_archivo_se_montan_las_figuras(
    navegador: Browser, sitio: Path
) -> None:
    con_figuras = [
        ruta
        for ruta in auditoria.paginas(sitio)
        if "gradiente-figura" in (sitio / ruta).read_text("utf-8")
    ]
    assert con_figuras, "ninguna página tiene figuras interactivas"
    for ruta in con_figuras:
        url = (sitio / ruta).as_uri()
        with visitar(navegador, url, "file://") as visita:
            auditoria.recorrer(visita)
            visita.pagina.wait_for_timeout(300)
            assert auditoria.figuras(visita) == [], ruta
            assert auditoria.errores(visita) == [], ruta
            assert auditoria.terceros(visita) == [], ruta


def test_desde_un_archivo_funcionan_las_pestanas(
    navegador: Browser, libro_bueno: Path
) -> None:
    url = (libro_bueno / "_build/html" / SECCION).as_uri() + "?marco=jax"
    with visitar(navegador, url, "file://") as visita:
        assert marcos_visibles(visita.pagina) == ["jax", "jax"]
        visita.pagina.locator("label.sd-tab-label", has_text="Keras").click()
        assert marcos_visibles(visita.pagina)[0] == "keras"
        assert auditoria.errores(visita) == []


def test_desde_un_archivo_funciona_el_buscador(
    navegador: Browser, libro_bueno: Path
) -> None:
    url = (libro_bueno / "_build/html/search.html").as_uri() + "?q=seccion"
    with visitar(navegador, url, "file://") as visita:
        visita.pagina.wait_for_selector("#search-results li a", timeout=15_000)
        assert auditoria.errores(visita) == []


def test_con_movimiento_reducido_nada_cambia_poco_a_poco(
    navegador: Browser, libro_bueno: Path
) -> None:
    url = (libro_bueno / "_build/html" / SECCION).as_uri()
    with visitar(navegador, url, "file://") as visita:
        expect(visita.pagina.locator(".sd-tab-content:visible")).to_have_count(2)
        vista = visita.pagina.evaluate(
            """() => {
              document.querySelector(".bd-article").style.visibility = "hidden";
              const panel = document.querySelector(".marcos > input:checked ~ div");
              return getComputedStyle(panel).visibility;
            }"""
        )
        assert vista == "hidden"
