"""Los dos vectores del plano: cuentas, validación y manejo."""

from __future__ import annotations

import re

import numpy as np
import pytest
from manos import MOVIL, arrastrar, centro, cuadro, estado, medidas, numero, toques
from playwright.sync_api import expect
from scipy.spatial.distance import cosine

from gradiente.figuras import ErrorFigura, VectoresCoseno


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("vectores_coseno")


@pytest.mark.parametrize("semilla", range(30))
def test_las_medidas_son_las_de_numpy(js, semilla):
    azar = np.random.default_rng(semilla)
    u, v = azar.normal(size=(2, 2)) * 10.0 ** azar.uniform(-3, 2, (2, 1))
    m = js("medirVectores", u, v)
    coseno = 1 - cosine(u, v)
    esperado = {
        "normaU": np.linalg.norm(u),
        "normaV": np.linalg.norm(v),
        "producto": np.dot(u, v),
        "coseno": coseno,
        "angulo": np.degrees(np.arccos(coseno)),
        "sombra": np.linalg.norm(u) * coseno,
        "distancia": np.linalg.norm(u - v),
    }
    proyeccion = m.pop("proyeccion")
    assert m == pytest.approx(esperado, rel=1e-7)
    assert proyeccion == pytest.approx(np.outer(v, v) / np.dot(v, v) @ u, rel=1e-9)
    # Lo que queda al quitar la proyección es perpendicular a v.
    resto = np.dot(u - proyeccion, v)
    assert abs(resto) < 1e-12 * np.linalg.norm(u) * np.linalg.norm(v)


@pytest.mark.parametrize("semilla", range(20))
def test_python_mide_lo_mismo(js, semilla):
    azar = np.random.default_rng(semilla)
    u, v = azar.uniform(-9, 9, (2, 2)).round(1)
    figura = VectoresCoseno(u=u, v=v * (semilla % 4 != 0))
    m = js("medirVectores", figura.u, figura.v)
    for clave, valor in figura.medidas().items():
        if valor is None:
            assert m[clave] is None
        else:
            assert m[clave] == pytest.approx(valor, rel=1e-12, abs=1e-14)


def test_coseno_de_vectores_paralelos_y_casi_paralelos(js):
    for k in (3.0, -0.7, 1e-3):
        m = js("medirVectores", [0.1, 0.3], [0.1 * k, 0.3 * k])
        assert m["coseno"] == pytest.approx(np.sign(k), abs=1e-15)
        assert abs(m["coseno"]) <= 1
        assert m["angulo"] == pytest.approx(0 if k > 0 else 180, abs=1e-12)
    # Donde el arco coseno ya no distingue, el ángulo sigue siendo el bueno.
    angulo = js("medirVectores", [1, 0], [1, 1e-9])["angulo"]
    assert angulo == pytest.approx(np.degrees(1e-9), rel=1e-9)


@pytest.mark.parametrize(
    ("u", "v", "dice"),
    [
        ([3, 1], [0, 0], "v es el vector nulo.*no están definidos.*Tampoco"),
        ([0, 0], [1, 2], "u es el vector nulo.*proyección sobre v también es nula"),
        ([0, 0], [0, 0], "u y v son vectores nulos.*Tampoco"),
        ([3, 1], [-1, 3], "Perpendiculares"),
        ([1.1, 3.3], [0.3, 0.9], "mismo sentido: el coseno es 1"),
        ([1.1, 3.3], [-0.3, -0.9], "opuestos: el coseno es −1"),
        ([0.6, 0.8], [0.8, 0.6], "norma 1: el producto escalar es el coseno"),
        ([3, 1], [-1, 2], "negativo: el ángulo pasa de 90°"),
        ([3, 1], [1, 2], "positivo: el ángulo no llega a 90°"),
    ],
)
def test_los_comentarios(js, u, v, dice):
    assert re.search(dice, js("comentarVectores", u, v))
    m = js("medirVectores", u, v)
    assert (m["coseno"] is None) == (not any(u) or not any(v))
    assert (m["proyeccion"] is None) == (not any(v))


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"u": [1, 2, 3]}, r"u debe tener forma \(2,\)"),
        ({"v": [1, np.nan]}, "v contiene NaN"),
        ({"u": "ab"}, "u debe ser numérico"),
        ({"v": [101, 0]}, "entre −100 y 100"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        VectoresCoseno(**opciones)


def test_el_plano_contiene_los_vectores():
    assert VectoresCoseno().limites == 5
    figura = VectoresCoseno(u=(0, -9.5), v=np.array([7, 2]))
    assert figura.limites == 12
    with pytest.raises(ErrorFigura, match="no cabe en el plano, de semilado 12"):
        figura.u = [13, 0]
    assert figura.u == [0, -9.5]


def test_la_descripcion_dice_si_no_hay_coseno():
    texto = VectoresCoseno(u=(3, 4), v=(4, 3)).descripcion()
    assert "producto escalar es 24,00" in texto and "coseno 0,96" in texto
    assert "ángulo de 16,3 grados" in texto and "(3,84; 2,88)" in texto
    texto = VectoresCoseno(v=(0, 0)).descripcion()
    assert "no están definidos" in texto and "proyección" not in texto


def comprobar(pagina):
    """Lo que se lee son las cuentas de NumPy con los vectores guardados."""
    u, v = map(np.array, estado(pagina, "u", "v"))
    leidas = medidas(pagina)
    esperado = {
        "Norma ‖u‖": np.linalg.norm(u),
        "Norma ‖v‖": np.linalg.norm(v),
        "Producto escalar u·v": u @ v,
        "Distancia ‖u − v‖": np.linalg.norm(u - v),
    }
    if u.any() and v.any():
        esperado["Coseno"] = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
        esperado["Proyección de u sobre v"] = u @ v / np.linalg.norm(v)
    for clave, valor in esperado.items():
        assert numero(leidas[clave]) == pytest.approx(valor, abs=5.1e-3), clave


@pytest.mark.parametrize("como", ["ratón", "dedo", "teclado"])
def test_mover_una_punta(abrir, como):
    pagina = abrir(VectoresCoseno(), **(MOVIL if como == "dedo" else {}))
    cuadro(pagina)
    comprobar(pagina)
    for letra in "uv":
        antes, (x, y) = estado(pagina, letra), centro(pagina, f"Punta de {letra}")
        alto = pagina.evaluate("scrollY")
        if como == "ratón":
            arrastrar(pagina, f"Punta de {letra}", -70, 40)
        elif como == "dedo":
            toques(pagina, *[(x - 6 * k, y + 4 * k) for k in range(9)])
            assert pagina.evaluate("scrollY") == alto
        else:
            pagina.get_by_role("slider", name=f"Punta de {letra}").focus()
            pagina.keyboard.press("ArrowUp")
            pagina.keyboard.press("Shift+ArrowLeft")
        cuadro(pagina)
        [punta] = estado(pagina, letra)
        assert [punta] != antes
        assert punta == pytest.approx(np.round(punta, 1))  # en décimas
        comprobar(pagina)
    assert pagina.evaluate("modelos[0].guardados") == (4 if como == "teclado" else 2)


def test_una_flecha_es_al_menos_una_decima(abrir):
    for opciones in ({}, MOVIL):
        pagina = abrir(VectoresCoseno(), **opciones)
        cuadro(pagina)
        pagina.get_by_role("slider", name="Punta de u").focus()
        for k in range(1, 6):
            pagina.keyboard.press("ArrowRight")
            cuadro(pagina)
            assert estado(pagina, "u") == [pytest.approx([3 + 0.1 * k, 1])]


def test_la_punta_no_sale_del_plano(abrir):
    pagina = abrir(VectoresCoseno())
    cuadro(pagina)
    arrastrar(pagina, "Punta de v", 900, -900)
    assert estado(pagina, "v") == [[5, 5]]
    comprobar(pagina)


def test_duplicar_normalizar_anular_y_restablecer(abrir):
    pagina = abrir(VectoresCoseno())
    cuadro(pagina)
    nota = pagina.locator(".gr-aviso")

    def pulsar(nombre):
        pagina.get_by_role("button", name=nombre).press("Enter")
        cuadro(pagina)
        return estado(pagina, "u", "v")

    antes = medidas(pagina)
    assert pulsar("Duplicar v") == [[3, 1], [2, 4]]
    assert medidas(pagina)["Coseno"] == antes["Coseno"]
    assert numero(medidas(pagina)["Producto escalar u·v"]) == 10
    expect(nota).to_contain_text("siguen igual")
    assert pulsar("Duplicar v") == [[3, 1], [2, 4]]  # (4; 8) no cabe
    expect(nota).to_contain_text("no cabe")
    u, v = pulsar("Normalizar")
    assert [np.hypot(*u), np.hypot(*v)] == pytest.approx([1, 1], abs=1e-4)
    leidas = medidas(pagina)
    assert leidas["Producto escalar u·v"] == leidas["Coseno"] == antes["Coseno"]
    pulsar("Anular v")
    leidas = medidas(pagina)
    for clave in ("Coseno", "Ángulo", "Proyección de u sobre v"):
        assert leidas[clave] == "—"
    expect(nota).to_contain_text("v es el vector nulo")
    comprobar(pagina)
    assert pulsar("Restablecer") == [[3, 1], [1, 2]]
    assert medidas(pagina) == antes


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(VectoresCoseno())
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('u', [-2, 0.5])")
    cuadro(pagina)
    comprobar(pagina)
    expect(pagina.get_by_role("slider", name="Punta de u")).to_have_attribute(
        "aria-valuetext", "u = (−2; 0,5)"
    )


def test_la_region_viva_dice_las_medidas(abrir):
    pagina = abrir(VectoresCoseno())
    cuadro(pagina)
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_have_text("")
    arrastrar(pagina, "Punta de u", -200, 0)
    expect(region).to_contain_text("Producto escalar")
    expect(region).to_contain_text("coseno")
