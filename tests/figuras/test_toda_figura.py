"""Lo que cumple toda figura, montada con sus valores por omisión."""

from __future__ import annotations

import io
import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from manos import MOVIL, cuadro
from PIL import Image
from playwright.sync_api import expect

from gradiente import figuras
from gradiente.figuras._base import marca

CLASES = [c for c in vars(figuras).values() if getattr(c, "modulo", "")]
MANDOS = ".gr-tirador, .gr-boton, .gr-fig input, .gr-fig select"


@pytest.fixture(params=CLASES, ids=lambda clase: clase.__name__)
def figura(request, nubes):
    con_datos = issubclass(
        request.param, (figuras.ClasificadorLogistico, figuras.DescensoLogistico)
    )
    return request.param(*nubes) if con_datos else request.param()


@pytest.mark.parametrize("tema", ["light", "dark"])
@pytest.mark.parametrize("movil", [False, True])
def test_accesible_legible_y_sin_desborde(abrir, figura, tema, movil):
    pagina = abrir(figura, figura, tema=tema, **(MOVIL if movil else {}))
    expect(pagina.locator(".gr-fig")).to_have_count(2)
    cuadro(pagina)
    assert pagina.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(pagina).response["violations"] == []
    # axe no mira el texto de los SVG.
    colores = pagina.locator(".gr-fig svg text").evaluate_all(
        """(nodos) => nodos.filter((n) => n.textContent).map(
          (n) => [n.textContent, getComputedStyle(n).fill,
            getComputedStyle(n.closest(".gr-fig")).backgroundColor])"""
    )
    for texto, color, fondo in colores:
        assert contraste(color, fondo) >= 4.5, texto
    pagina.evaluate("desmontar.forEach((f) => f())")
    expect(pagina.locator(".gr-fig")).to_have_count(0)


def contraste(*colores: str) -> float:
    """Razón de contraste de la WCAG entre dos colores «rgb(…)» opacos."""
    claros = []
    for color in colores:
        canales = [
            int(n) / 255 for n in re.fullmatch(r"rgb\((.*)\)", color)[1].split(",")
        ]
        lineales = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canales
        ]
        claros.append(
            sum(p * c for p, c in zip((0.2126, 0.7152, 0.0722), lineales, strict=True))
        )
    return (max(claros) + 0.05) / (min(claros) + 0.05)


def test_se_puede_tocar_y_manejar_con_el_teclado(abrir, figura):
    pagina = abrir(figura, **MOVIL)
    cuadro(pagina)
    zonas = pagina.locator(MANDOS).locator("visible=true")
    esperados = zonas.count()
    assert esperados
    for zona in zonas.all():
        caja = zona.bounding_box()
        assert round(min(caja["width"], caja["height"]), 2) >= 40
    alcanzados = set()
    for _ in range(esperados + 6):
        pagina.keyboard.press("Tab")
        alcanzado = pagina.evaluate(
            """(mandos) => {
              const e = document.activeElement;
              if (!e.matches(mandos)) return null;
              if (getComputedStyle(e).outlineStyle === "none")
                throw Error("foco invisible");
              return e.getAttribute("aria-label")
                ?? e.labels?.[0]?.textContent ?? e.textContent;
            }""",
            MANDOS,
        )
        alcanzados.add(alcanzado)
    assert len(alcanzados - {None}) == esperados  # y cada mando, con su nombre


def test_el_modo_oscuro_se_ve_sin_recargar(abrir, figura):
    pagina = abrir(figura, reduced_motion="reduce")
    cuadro(pagina)
    claro = pagina.locator(".gr-fig").screenshot(animations="disabled")
    pagina.evaluate("document.documentElement.dataset.theme = 'dark'")
    cuadro(pagina)
    oscuro = Image.open(io.BytesIO(pagina.locator(".gr-fig").screenshot()))
    esquina = oscuro.convert("RGB").getpixel((10, 10))
    assert max(esquina) < 40
    pagina.evaluate("document.documentElement.dataset.theme = 'light'")
    cuadro(pagina)
    vuelta = pagina.locator(".gr-fig").screenshot(animations="disabled")
    iguales = [Image.open(io.BytesIO(foto)).tobytes() for foto in (claro, vuelta)]
    assert iguales[0] == iguales[1]


def test_los_ejes_del_poster_llevan_coma_decimal(figura, monkeypatch):
    from matplotlib.figure import Figure

    vistas = []

    def anotar(dibujada, *_, **__):
        dibujada.draw_without_rendering()
        for ejes in dibujada.axes:
            for eje in (ejes.xaxis, ejes.yaxis):
                vistas.extend(t.get_text() for t in eje.get_ticklabels())

    monkeypatch.setattr(Figure, "savefig", anotar)
    figura.poster()
    assert not [texto for texto in vistas if re.search(r"\d\.\d", texto)]


def test_marca_escribe_las_cifras_que_hacen_falta():
    valores = (-2.5, 0.1 + 0.2, 100.0, 0.0)
    assert [marca(v) for v in valores] == ["−2,5", "0,3", "100", "0"]


def test_la_alternativa_dice_de_cuando_es(abrir, figura):
    pagina = abrir(figura)
    alternativa = pagina.locator(".gradiente-figura-alternativa")
    expect(alternativa).to_have_text(re.compile("^\\s*Al abrir la página: "))
    pagina.evaluate("desmontar.forEach((f) => f())")
    expect(alternativa).to_have_text(figura.descripcion())


def test_calla_al_montar(abrir, figura):
    pagina = abrir(figura)
    pagina.wait_for_timeout(900)
    expect(pagina.locator("[aria-live=polite]")).to_have_text("")


def test_el_sitio_reserva_su_altura(abrir, figura):
    """La página no salta al montarse: lo reservado no difiere mucho de lo que ocupa."""
    for opciones in ({}, MOVIL):
        pagina = abrir(figura, **opciones)
        cuadro(pagina)
        ocupa = pagina.locator(".gr-fig").bounding_box()["height"]
        pagina.evaluate("desmontar.forEach((f) => f())")
        reservado = pagina.locator(".gradiente-figura").evaluate(
            "(e) => parseFloat(getComputedStyle(e).minHeight) || 0"
        )
        assert abs(ocupa - reservado) < 60, (figura.modulo, ocupa, reservado)


def test_el_modulo_es_es_el_mismo_codigo(navegador, figura):
    pagina = navegador.new_page()
    pagina.set_content("<!doctype html><title>Módulo</title>")
    pagina.add_script_tag(content=figuras.script_clasico(figura.modulo))
    iguales = pagina.evaluate(
        """async ([codigo, nombre]) => {
          const trozo = new Blob([codigo], { type: "text/javascript" });
          const modulo = await import(URL.createObjectURL(trozo));
          const clasico = GradienteFiguras[nombre];
          const claves = (objeto) => Object.keys(objeto).join();
          return String(modulo.default.render) === String(clasico.render)
            && claves(modulo.calculos) === claves(clasico.calculos)
            && claves(modulo.default) === "render";
        }""",
        [figuras.modulo_es(figura.modulo), figura.modulo],
    )
    pagina.close()
    assert iguales


def test_representaciones(figura):
    datos, _ = figura._repr_mimebundle_()
    assert set(datos) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
        "image/png",
    }
    assert datos["text/plain"] == repr(figura)
    assert len(repr(figura)) <= 100 and "\n" not in repr(figura)
    assert max(map(len, datos["text/html"].splitlines())) <= 100
    texto = re.search(
        r'<script type="application/json">(.*?)</script>', figura.html(), re.S
    )
    assert json.loads(texto[1]) == figura.estado()
    assert figura.descripcion().count(" ") > 20
    imagen = Image.open(io.BytesIO(figura.poster()))
    assert imagen.format == "PNG" and imagen.width > 600
    assert len(imagen.convert("RGB").getcolors(1 << 20)) > 50  # no está en blanco
    assert figura.poster() == figura.poster()
