"""El estilo: contraste, daltonismo, letra legible y figuras iguales cada vez."""

from __future__ import annotations

import io
import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from gradiente import estilo

# Machado, Oliveira y Fernandes (2009), severidad 1, sobre RGB lineal.
VISIONES = {
    "normal": np.eye(3),
    "deuteranopía": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopía": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def lineal(color: str) -> np.ndarray:
    """Devuelve el RGB lineal de un color."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contraste(uno: str, otro: str) -> float:
    """Devuelve el contraste de dos colores según WCAG 2."""
    pesos = np.array([0.2126, 0.7152, 0.0722])
    claro, oscuro = sorted((lineal(c) @ pesos for c in (uno, otro)), reverse=True)
    return (claro + 0.05) / (oscuro + 0.05)


def lab(color: str, vision: np.ndarray) -> np.ndarray:
    """Devuelve las coordenadas CIELAB de un color visto con esa visión."""
    from skimage.color import rgb2lab

    rgb = np.clip(vision @ lineal(color), 0, 1)
    rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return rgb2lab(rgb[None, None])[0, 0]


@pytest.fixture(autouse=True)
def _sin_rastro():
    with mpl.rc_context():
        yield


def test_contraste_conocido():
    assert contraste("black", "white") == pytest.approx(21)
    assert contraste("#777777", "white") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", sorted({*estilo.COLORES.values(), *estilo.PALETA}))
def test_un_texto_de_cualquier_color_se_lee_sobre_la_tarjeta(color):
    assert contraste(color, estilo.FONDO) >= 4.5


@pytest.mark.parametrize("vision", VISIONES)
def test_los_colores_se_distinguen(vision):
    for uno, otro in itertools.combinations(estilo.PALETA, 2):
        diferencia = np.linalg.norm(
            lab(uno, VISIONES[vision]) - lab(otro, VISIONES[vision])
        )
        assert diferencia >= 20, (uno, otro)


def test_cada_juego_de_cosas_tiene_colores_distintos():
    for juego in (
        ("pytorch", "keras", "jax"),
        ("entrenamiento", "validacion", "prueba"),
        ("clase0", "clase1"),
    ):
        assert len({estilo.COLORES[c] for c in juego}) == len(juego)
        assert {estilo.COLORES[c] for c in juego} <= set(estilo.PALETA)


def test_los_colores_no_se_pueden_cambiar():
    with pytest.raises(TypeError):
        estilo.COLORES["jax"] = "red"


def test_aplicar_usa_la_paleta_y_el_fondo():
    estilo.aplicar()
    ciclo = [
        f"#{c.lstrip('#')}" for c in mpl.rcParams["axes.prop_cycle"].by_key()["color"]
    ]
    assert ciclo == list(estilo.PALETA)
    for clave in ("figure.facecolor", "savefig.facecolor", "axes.facecolor"):
        assert to_rgb(mpl.rcParams[clave]) == to_rgb(estilo.FONDO)
    assert to_rgb(mpl.rcParams["text.color"]) == to_rgb(estilo.COLORES["tinta"])


def test_la_letra_menor_se_lee_a_390_pixeles():
    estilo.aplicar()
    ancho = mpl.rcParams["figure.figsize"][0]
    puntos = [
        mpl.rcParams[f"{k}size"]
        for k in ("font.", "axes.title", "axes.label", "xtick.label", "ytick.label")
    ] + [mpl.rcParams["legend.fontsize"]]
    # Quedan unos 358 px para la figura: 390 menos los márgenes de la página.
    assert min(puntos) / 72 * 358 / ancho >= 10


def test_aplicar_no_depende_de_lo_de_antes_ni_toca_el_motor():
    estilo.aplicar()
    motor, limpio = mpl.get_backend(), dict(mpl.rcParams)
    mpl.rcParams.update(
        {"font.size": 3, "axes.facecolor": "black", "hatch.color": "red"}
    )
    estilo.aplicar()
    assert dict(mpl.rcParams) == limpio
    assert mpl.get_backend() == motor


def dibujo() -> bytes:
    """Devuelve el PNG de una figura con curvas, rótulos, acentos y fórmulas."""
    estilo.aplicar()
    figura = Figure()
    ax = figura.subplots()
    x = np.linspace(0, 1, 50)
    for k in range(1, 4):
        ax.plot(x, x**k)
        estilo.rotular(ax, 1, 1 - k / 5, f"señal {k}", color="jax")
    ax.set(title="Energía según $\\theta$", xlabel="tiempo (s)")
    archivo = io.BytesIO()
    figura.savefig(archivo, metadata={"Software": None})
    return archivo.getvalue()


def test_la_misma_figura_da_los_mismos_bytes():
    uno = dibujo()
    assert uno == dibujo()
    assert b"Software" not in uno and b"matplotlib" not in uno.lower()


def test_la_letra_viene_con_matplotlib():
    from matplotlib import font_manager

    estilo.aplicar()
    ruta = font_manager.findfont(mpl.rcParams["font.sans-serif"][0])
    assert ruta.startswith(mpl.get_data_path())


def test_rotular_pone_el_texto_junto_al_punto_y_de_su_color():
    ax = Figure().subplots()
    rotulo = estilo.rotular(ax, 2, 3, "JAX", color="jax", ha="right")
    assert rotulo.xy == (2, 3)
    assert rotulo.get_text() == "JAX"
    assert rotulo.get_color() == estilo.COLORES["jax"]
    assert rotulo.get_ha() == "right"
    assert estilo.rotular(ax, 0, 0, "x").get_color() == estilo.COLORES["tinta"]
    assert estilo.rotular(ax, 0, 0, "x", color="#123456").get_color() == "#123456"


def test_en_un_cuaderno_los_png_no_llevan_la_version(tmp_path):
    """Lo ejecuta un núcleo de verdad: es lo que hace ``make cuadernos``."""
    import base64

    import nbformat
    from nbclient import NotebookClient

    codigo = (
        "import matplotlib.pyplot as plt\nfrom gradiente import estilo\n"
        "estilo.aplicar()\nplt.plot([1, 2])\nplt.show()"
    )
    cuaderno = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(codigo)])
    NotebookClient(cuaderno, timeout=120, kernel_name="python3").execute()
    (png,) = (
        salida.data["image/png"]
        for salida in cuaderno.cells[0].outputs
        if "image/png" in salida.get("data", {})
    )
    assert b"Software" not in base64.b64decode(png)
