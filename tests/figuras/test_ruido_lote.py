"""El ruido del lote: sorteos, cuentas, validación y manejo."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from manos import MOVIL, arrastrar, centro, cuadro, estado, medidas, numero, toques
from playwright.sync_api import Page, expect
from scipy.stats import chi2, chisquare
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import scale

from gradiente.figuras import ErrorFigura, RuidoLote
from gradiente.figuras.ruido_lote import (
    gradientes_por_ejemplo,
    lado_gradientes,
    mulberry32,
    sortear_lotes,
    tamanos,
)

NUBE = np.random.default_rng(0).normal(size=(100, 2))
OBJETIVO = NUBE @ [1.0, -0.5] + np.random.default_rng(1).normal(size=100)


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("ruido_lote")


# -------------------------------------------------------------------- sorteos


@pytest.mark.parametrize("semilla", [0, 1, 7, 65536 + 8, 2**32 - 1])
def test_el_generador_es_el_mismo(js, semilla):
    siguiente = mulberry32(semilla)
    assert js("enterosAlAzar", semilla, 500) == [siguiente() for _ in range(500)]


def test_el_generador_es_mulberry32():
    """Valor publicado del primer número con semilla 1, y reparto uniforme."""
    siguiente = mulberry32(1)
    assert siguiente() / 2**32 == 0.6270739405881613
    cuentas = np.bincount([siguiente() * 16 // 2**32 for _ in range(16_000)])
    assert chisquare(cuentas).pvalue > 1e-3


@pytest.mark.parametrize("n", [8, 100, 256])
@pytest.mark.parametrize("semilla", [0, 1, 65535])
def test_los_lotes_son_los_mismos_y_sin_repetir(js, n, semilla):
    assert js("tamanosDeLote", n) == tamanos(n)
    for B in tamanos(n):
        lotes = sortear_lotes(semilla, n, B, 20)
        assert js("sortearLotes", semilla, n, B, 20) == lotes.tolist()
        assert lotes.shape == (20, B)
        assert all(len(set(lote)) == B for lote in lotes.tolist())
        assert lotes.min() >= 0 and lotes.max() < n
    assert tamanos(n)[-1] == n and tamanos(n)[-2] < n <= 2 * tamanos(n)[-2]


def test_cada_ejemplo_sale_con_la_misma_frecuencia():
    lotes = sortear_lotes(3, 50, 10, 3000)
    cuentas = np.bincount(lotes.ravel(), minlength=50)
    # Sin reemplazo, cada cuenta es hipergeométrica: la ji cuadrado, con esa varianza.
    esperado, varianza = 600, 3000 * 0.2 * 0.8
    estadistico = ((cuentas - esperado) ** 2).sum() / varianza * 49 / 50
    assert chi2(49).ppf(0.0005) < estadistico < chi2(49).ppf(0.9995)


# --------------------------------------------------------------------- cuentas


@pytest.mark.parametrize("semilla", range(8))
def test_el_gradiente_es_el_de_torch(js, semilla):
    azar = np.random.default_rng(semilla)
    w = azar.normal(size=2)
    pesos = torch.tensor(w, requires_grad=True)
    predicho = torch.tensor(NUBE) @ pesos
    torch.nn.functional.mse_loss(predicho, torch.tensor(OBJETIVO)).backward()
    G = gradientes_por_ejemplo(NUBE, OBJETIVO, w)
    np.testing.assert_allclose(G.mean(axis=0), pesos.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(
        js("gradientesPorEjemplo", NUBE, OBJETIVO, w), G, rtol=1e-12
    )
    assert js("ladoGradientes", G) == lado_gradientes(G)


@pytest.mark.parametrize("semilla", range(6))
def test_lo_medido_es_lo_de_python(js, semilla):
    azar = np.random.default_rng(semilla)
    figura = RuidoLote(
        NUBE, OBJETIVO, w=azar.normal(size=2), semilla=semilla, sorteos=50
    )
    n = len(figura.y)
    lotes = {str(B): sortear_lotes(semilla, n, B, 50).tolist() for B in tamanos(n)}
    medido = js("medirRuido", figura.x, figura.y, figura.w, lotes)
    np.testing.assert_allclose(medido["g"], figura.gradiente(), rtol=1e-11)
    for B, (medida, teoria) in figura.dispersiones().items():
        assert medido["medidas"][str(B)] == pytest.approx(medida, rel=1e-9, abs=1e-12)
        assert medido["teoria"][str(B)] == pytest.approx(teoria, rel=1e-9, abs=1e-12)
        nube = medido["nubes"][str(B)]
        np.testing.assert_allclose(nube, figura.gradientes(B), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [5, 6])
@pytest.mark.parametrize("tam_lote", [1, 2, 3, 4, 5])
def test_la_teoria_es_exacta_sobre_todos_los_lotes(js, n, tam_lote):
    """Enumerando todos los lotes posibles, σ/√B con la corrección no es aproximada."""
    X, y, w = NUBE[:n], OBJETIVO[:n], [0.3, -0.2]
    todos = [list(c) for c in combinations(range(n), tam_lote)]
    medido = js("medirRuido", X, y, w, {str(tam_lote): todos})
    assert medido["medidas"][str(tam_lote)] == pytest.approx(
        medido["teoria"][str(tam_lote)], rel=1e-10, abs=1e-14
    )


def test_la_dispersion_cae_como_dice_la_teoria():
    figura = RuidoLote(sorteos=500)
    n = len(figura.y)
    sigma = figura.dispersiones()[1][1]
    for tam_lote, (medida, teoria) in figura.dispersiones().items():
        if tam_lote == n:
            assert medida < 1e-12 and teoria == 0
            continue
        assert medida == pytest.approx(teoria, rel=0.12)
        if tam_lote <= n / 16:  # lejos de N, la recta sola ya vale
            assert teoria == pytest.approx(sigma / np.sqrt(tam_lote), rel=0.035)
    # Cerca de N, sin la corrección se yerra mucho.
    assert figura.dispersiones()[128][0] < 0.8 * sigma / np.sqrt(128)


def test_los_datos_por_omision_son_los_de_la_diabetes():
    figura = RuidoLote()
    X, y = load_diabetes(return_X_y=True)
    tabla = scale(np.column_stack([X[:256, [2, 3]], y[:256]]))
    np.testing.assert_allclose(
        np.column_stack([figura.x, figura.y]), tabla, rtol=6e-4, atol=1e-12
    )
    assert figura.html() == RuidoLote().html()


# ------------------------------------------------------------------ validación


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"X": NUBE}, "los dos o ninguno"),
        ({"y": OBJETIVO}, "los dos o ninguno"),
        ({"X": NUBE[:, :1], "y": OBJETIVO}, r"forma \(N, 2\).*\(100, 1\)"),
        ({"X": NUBE, "y": OBJETIVO[:9]}, r"forma \(100,\).*\(9,\)"),
        ({"X": NUBE[:7], "y": OBJETIVO[:7]}, "de 8 a 1000 ejemplos; hay 7"),
        ({"X": NUBE * np.nan, "y": OBJETIVO}, "NaN o infinitos"),
        ({"X": NUBE[:, [0, 0]], "y": OBJETIVO}, "casi proporcionales"),
        ({"X": NUBE, "y": NUBE @ [1, 2]}, "combinación lineal exacta"),
        ({"X": "ab", "y": "cd"}, "numéricos"),
        ({"w": [1]}, r"w debe tener forma \(2,\)"),
        ({"w": [101, 0]}, "entre −100 y 100"),
        ({"lote": 3}, "lote debe ser uno de 1, 2, 4, .*256; se recibió 3"),
        ({"lote": 512}, "lote debe ser uno de"),
        ({"sorteos": 5}, "sorteos debe ser entre 20 y 500"),
        ({"semilla": -1}, "semilla debe ser entre 0 y 65535"),
        ({"semilla": 1.5}, "semilla debe ser un entero"),
        ({"nombres": ["a", "b"]}, "una lista de 3 textos"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        RuidoLote(**opciones)


def test_con_otros_datos():
    figura = RuidoLote(NUBE, OBJETIVO, lote=np.int64(64), nombres=("a", "b", "c"))
    assert figura.lote == 64
    figura.lote = 100
    assert "B = 100: 0, y en teoría 0." in figura.descripcion()
    with pytest.raises(ErrorFigura):
        figura.lote = 128
    assert figura.lote == 100
    ruido = 1 + 1e-13 * np.random.default_rng(1).standard_normal(NUBE.shape)
    assert RuidoLote(NUBE * ruido, OBJETIVO).html() == RuidoLote(NUBE, OBJETIVO).html()


# ------------------------------------------------------------------- navegador


def comprobar(pagina: Page, figura: RuidoLote) -> None:
    """Lo que se lee es lo que dice Python del estado guardado."""
    figura.w, figura.lote, figura.semilla = estado(pagina, "w", "lote", "semilla")
    g = figura.gradiente()
    sigma = figura.dispersiones()[1][1]
    medida, teoria = figura.dispersiones()[figura.lote]
    agudos = 100 * np.mean(figura.gradientes() @ g > 0)
    leidas = medidas(pagina)
    esperadas = {
        "‖∇J‖": np.hypot(*g),
        "Dispersión medida": medida,
        "σ/√B": sigma / np.sqrt(figura.lote),
        "σ/√B, con corrección": teoria,
    }
    for clave, valor in esperadas.items():
        assert numero(leidas[clave]) == pytest.approx(valor, abs=5.1e-4)
    angulos = leidas["A menos de 90° de ∇J"]
    if np.hypot(*g) < 0.02 * sigma:
        assert angulos == "—"
    else:
        assert numero(angulos.removesuffix("\u00a0%")) == (
            pytest.approx(agudos, abs=0.51)
        )


@pytest.mark.parametrize("como", ["teclado", "ratón", "dedo"])
def test_el_lote_recorre_las_potencias_de_dos(abrir, como):
    figura = RuidoLote()
    pagina = abrir(figura, **(MOVIL if como == "dedo" else {}))
    cuadro(pagina)
    comprobar(pagina, figura)
    mando = pagina.get_by_role("slider", name="Lote B")
    expect(mando).to_have_attribute("aria-valuetext", "8 de 256 ejemplos")
    if como == "teclado":
        mando.focus()
        for B in (16, 32, 64, 128, 256, 256):
            pagina.keyboard.press("ArrowRight")
            cuadro(pagina)
            assert estado(pagina, "lote") == [B]
            comprobar(pagina, figura)
        pagina.keyboard.press("Home")
        cuadro(pagina)
        assert estado(pagina, "lote") == [1]
    else:
        mando.scroll_into_view_if_needed()
        caja = mando.bounding_box()
        donde = caja["x"] + 0.88 * caja["width"], caja["y"] + caja["height"] / 2
        if como == "ratón":
            pagina.mouse.click(*donde)
        else:
            pagina.touchscreen.tap(*donde)
        cuadro(pagina)
        assert estado(pagina, "lote") == [128]
    comprobar(pagina, figura)


def test_con_el_lote_entero_no_hay_ruido(abrir):
    pagina = abrir(RuidoLote(lote=256))
    cuadro(pagina)
    leidas = medidas(pagina)
    assert leidas["Dispersión medida"] == leidas["σ/√B, con corrección"] == "0,000"
    assert leidas["A menos de 90° de ∇J"] == "100\u00a0%"
    expect(pagina.locator(".gr-aviso")).to_contain_text("el conjunto entero")
    expect(pagina.get_by_text("con B = 256, dispersión 0")).to_be_visible()


@pytest.mark.parametrize("como", ["ratón", "teclado", "dedo"])
def test_mover_el_punto_recalcula(abrir, como):
    figura = RuidoLote()
    pagina = abrir(figura, **(MOVIL if como == "dedo" else {}))
    cuadro(pagina)
    if como == "ratón":
        arrastrar(pagina, "Punto en que se deriva", 60, 40)
    elif como == "teclado":
        pagina.get_by_role("slider", name="Punto en que se deriva").focus()
        pagina.keyboard.press("ArrowLeft")
        pagina.keyboard.press("Shift+ArrowDown")
        cuadro(pagina)
    else:
        x, y = centro(pagina, "Punto en que se deriva")
        alto = pagina.evaluate("scrollY")
        toques(pagina, *[(x - 6 * k, y - 8 * k) for k in range(6)])
        assert pagina.evaluate("scrollY") == alto
    assert estado(pagina, "w") != [[0.0, 0.0]]
    comprobar(pagina, figura)


def test_el_punto_no_se_sale(abrir):
    figura = RuidoLote()
    pagina = abrir(figura)
    cuadro(pagina)
    arrastrar(pagina, "Punto en que se deriva", -900, 900)
    assert estado(pagina, "w") == [[-0.97, -0.97]]
    comprobar(pagina, figura)


def test_en_el_minimo_queda_el_ruido(abrir):
    figura = RuidoLote()
    pagina = abrir(figura)
    pagina.get_by_role("button", name="Al mínimo").click()
    cuadro(pagina)
    modelo = LinearRegression(fit_intercept=False).fit(figura.x, figura.y)
    [w] = estado(pagina, "w")
    assert w == pytest.approx(modelo.coef_, rel=1e-3)
    leidas = medidas(pagina)
    assert numero(leidas["‖∇J‖"]) < 0.001
    assert numero(leidas["Dispersión medida"]) > 0.5
    expect(pagina.locator(".gr-aviso")).to_contain_text("el ruido no")
    assert leidas["A menos de 90° de ∇J"] == "—"
    comprobar(pagina, figura)
    pagina.get_by_role("button", name="Restablecer").click()
    cuadro(pagina)
    assert estado(pagina, "w", "lote", "semilla") == [[0, 0], 8, 1]


def test_otros_sorteos_cambian_la_nube_y_no_la_teoria(abrir):
    figura = RuidoLote()
    pagina = abrir(figura)
    cuadro(pagina)
    antes = medidas(pagina)
    foto = "() => document.querySelector('.gr-nube canvas').toDataURL()"
    nube = pagina.evaluate(foto)
    pagina.get_by_role("button", name="Otros sorteos").click()
    cuadro(pagina)
    assert estado(pagina, "semilla") == [2]
    ahora = medidas(pagina)
    assert ahora["Dispersión medida"] != antes["Dispersión medida"]
    assert ahora["σ/√B, con corrección"] == antes["σ/√B, con corrección"]
    assert pagina.evaluate(foto) != nube
    comprobar(pagina, figura)


def test_n_que_no_es_potencia_de_dos(abrir):
    figura = RuidoLote(NUBE, OBJETIVO, lote=64)
    pagina = abrir(figura)
    cuadro(pagina)
    comprobar(pagina, figura)
    mando = pagina.get_by_role("slider", name="Lote B")
    mando.focus()
    pagina.keyboard.press("End")
    cuadro(pagina)
    assert estado(pagina, "lote") == [100]
    rotulos = pagina.locator(".gr-curva .gr-ejes text").all_text_contents()
    assert {"1", "64", "100"} <= set(rotulos)


def test_la_region_viva_resume(abrir):
    figura = RuidoLote()
    pagina = abrir(figura)
    mando = pagina.get_by_role("slider", name="Lote B")
    mando.focus()
    pagina.keyboard.press("ArrowLeft")
    medida, teoria, norma = (
        f"{v:.3f}".replace(".", ",")
        for v in (*figura.dispersiones()[4], np.hypot(*figura.gradiente()))
    )
    expect(pagina.locator("[aria-live=polite]")).to_have_text(
        f"Lotes de 4: dispersión medida {medida}; en teoría, {teoria}. "
        f"Norma del gradiente, {norma}. El ruido supera a ∇J."
    )


def test_lo_que_cambia_python_se_ve(abrir):
    figura = RuidoLote()
    pagina = abrir(figura)
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('lote', 2); modelos[0].set('w', [1, 0.5])")
    cuadro(pagina)
    expect(pagina.get_by_role("slider", name="Lote B")).to_have_value("1")
    comprobar(pagina, figura)
