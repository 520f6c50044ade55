"""Secantes y tangente: la misma aritmética que Python, y el manejo de la figura."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from manos import MOVIL, arrastrar, centro, cuadro, estado, medidas, numero, toques
from playwright.sync_api import expect

from gradiente.figuras import ErrorFigura, SecanteTangente
from gradiente.figuras.secante import FUNCIONES, diferencias, potencia_de_diez

EPS = np.finfo(float).eps


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("secante_tangente")


def test_las_potencias_enteras_son_las_que_se_escriben(js):
    for k in range(-16, 1):
        assert js("potenciaDeDiez", k) == float(f"1e{k}") == potencia_de_diez(k)
    for k in np.random.default_rng(0).uniform(-16, 0, 40):
        assert js("potenciaDeDiez", k) == pytest.approx(10.0**k, rel=1e-14)
        assert potencia_de_diez(k) == 10.0**k


def margen(nombre, x, h):
    """Lo que pueden separarse dos bibliotecas que redondean el último bit distinto.

    Cada valor de la función se equivoca en un ulp como mucho; el numerador resta dos,
    y el cociente lo divide por h. La raíz, el valor absoluto y la ReLU son exactos.
    """
    if nombre not in ("seno", "exponencial"):
        return 0.0
    f = FUNCIONES[nombre].f
    mayor = max(abs(f(t)) for t in (x - h, x, x + h))
    return 4 * EPS * mayor / h


@pytest.mark.parametrize("nombre", FUNCIONES)
@pytest.mark.parametrize("semilla", range(40))
def test_las_diferencias_son_las_de_python(js, nombre, semilla):
    azar = np.random.default_rng(semilla)
    x = round(azar.uniform(*FUNCIONES[nombre].x), 2)
    h = float(10 ** azar.uniform(-16, 0)) if semilla % 2 else 10.0 ** -(semilla % 17)
    obtenido, esperado = js("diferencias", nombre, x, h), diferencias(nombre, x, h)
    libre = margen(nombre, x, h)
    for clave, valor in esperado.items():
        if valor is None:
            assert obtenido[clave] is None
        elif libre == 0:
            assert obtenido[clave] == valor, clave
        else:
            cerca = pytest.approx(valor, rel=4 * EPS, abs=libre + 2 * EPS)
            assert obtenido[clave] == cerca, clave


REFERENCIAS = {
    "seno": (np.sin, np.cos),
    "exponencial": (np.exp, np.exp),
    "raiz": (np.sqrt, lambda x: 1 / (2 * np.sqrt(x))),
    "absoluto": (np.abs, np.sign),
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.heaviside(x, 0.0)),
}


@pytest.mark.parametrize("nombre", FUNCIONES)
def test_la_curva_de_error_es_la_de_numpy(js, nombre):
    f, derivada = REFERENCIAS[nombre]
    for x in (0.35, 1.0, 1.85):
        curva = js("curvaDeError", nombre, x)
        assert len(curva) == 161
        assert [curva[0]["k"], curva[-1]["k"]] == pytest.approx([-16, 0])
        for q in curva[::4]:  # cuatro pasos por cada diez: basta y es rápido
            h = js("potenciaDeDiez", q["k"])
            libre = 2 * margen(nombre, x, h) + 4 * EPS
            with np.errstate(invalid="ignore"):
                adelante = (f(x + h) - f(x)) / h - derivada(x)
                centrada = (f(x + h) - f(x - h)) / (2 * h) - derivada(x)
            for obtenido, esperado in (
                (q["errorAdelante"], adelante),
                (q["errorCentrada"], centrada),
            ):
                if math.isnan(esperado):
                    assert obtenido is None
                else:
                    assert obtenido == pytest.approx(
                        abs(esperado), rel=1e-12, abs=libre
                    )


@pytest.mark.parametrize("nombre", ["seno", "exponencial", "raiz"])
def test_los_errores_tienen_forma_de_v(js, nombre):
    """Pendientes 1 y 2 a la derecha, −1 a la izquierda, y mínimos donde se espera."""
    curva = js("curvaDeError", nombre, 1.0)
    k = np.array([q["k"] for q in curva])
    for clave, orden, mejor in (("errorAdelante", 1, -8), ("errorCentrada", 2, -5.3)):
        error = np.log10([max(q[clave] or 1e-17, 1e-17) for q in curva])
        truncamiento = (k > mejor + 2) & (k < -1)
        pendiente = np.polyfit(k[truncamiento], error[truncamiento], 1)[0]
        assert pendiente == pytest.approx(orden, abs=0.05)
        redondeo = (k > -15) & (k < mejor - 1.5)
        pendiente = np.polyfit(k[redondeo], error[redondeo], 1)[0]
        assert pendiente == pytest.approx(-1, abs=0.2)
        assert k[np.argmin(error)] == pytest.approx(mejor, abs=1.5)


def test_donde_no_hay_derivada(js):
    for nombre, adelante, centrada in (("absoluto", 1, 0), ("relu", 1, 0.5)):
        r = js("diferencias", nombre, 0, 1e-3)
        assert (r["exacta"], r["errorAdelante"], r["errorCentrada"]) == (None,) * 3
        assert (r["adelante"], r["centrada"]) == (adelante, centrada)
    r = js("diferencias", "raiz", 0, 1e-6)
    assert r["exacta"] is None and r["centrada"] is None
    assert r["adelante"] == pytest.approx(1000)
    r = js("diferencias", "raiz", 0.5, 1)
    assert r["centrada"] is None and r["errorAdelante"] > 0


@pytest.mark.parametrize(
    ("nombre", "x", "k", "dice"),
    [
        ("seno", 1, -1, "truncamiento en las dos"),
        ("seno", 1, -7, "Hacia delante todavía.*centrada ya manda el redondeo"),
        ("seno", 1, -11, "redondeo en las dos"),
        ("seno", 0, -7, "truncamiento en las dos"),
        ("seno", 1, -16, "se redondea a x"),
        ("absoluto", 0, -3, r"\|x\| no tiene derivada en 0.*promedio, 0,"),
        ("relu", 0, -3, "no tiene derivada en 0.*promedio, 0,5"),
        ("relu", 0.05, -1, "centrada mezcla las dos"),
        ("relu", -0.05, -1, "las diferencias mezclan"),
        ("absoluto", 1, -3, "no hay error de truncamiento"),
        ("raiz", 0, -3, "vertical"),
        ("raiz", 0.5, 0, "x − h es negativo"),
        ("raiz", 2, -2, "truncamiento en las dos"),
    ],
)
def test_los_comentarios(js, nombre, x, k, dice):
    assert re.search(dice, js("comentarDiferencias", nombre, x, potencia_de_diez(k)))


@pytest.mark.parametrize("nombre", ["seno", "exponencial", "raiz"])
def test_el_comentario_acierta_que_error_manda(js, nombre):
    """Si manda el truncamiento, reducir h diez veces reduce el error; si no, no."""
    for x in (0.4, 1.3, 1.9):
        for k in (-1, -2, -3):
            comentario = js("comentarDiferencias", nombre, x, 10.0**k)
            r, menor = (diferencias(nombre, x, 10.0 ** (k - j)) for j in (0, 1))
            assert "truncamiento en las dos" in comentario
            assert menor["errorAdelante"] < r["errorAdelante"] / 5
            assert menor["errorCentrada"] < r["errorCentrada"] / 5
        for k in (-11, -12, -13):
            assert "redondeo en las dos" in js(
                "comentarDiferencias", nombre, x, 10.0**k
            )


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"funcion": "coseno"}, "funcion debe ser una de seno, exponencial"),
        ({"x": 9}, "x debe ser entre -3.5 y 3.5"),
        ({"funcion": "raiz", "x": -1}, "x debe ser entre 0 y 4"),
        ({"log10_h": 1}, "log10_h debe ser entre -16 y 0"),
        ({"log10_h": None}, "log10_h debe ser un número"),
        ({"x": np.nan}, "x debe ser"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        SecanteTangente(**opciones)


def test_al_cambiar_de_funcion_x_sigue_dentro():
    figura = SecanteTangente("seno", -2.5, -3)
    figura.funcion = "raiz"
    assert (figura.funcion, figura.x, figura.log10_h) == ("raiz", 0, -3)
    with pytest.raises(ErrorFigura):
        figura.x = -0.1
    assert figura.x == 0


def test_la_descripcion():
    texto = SecanteTangente().descripcion()
    assert "vale 0,540302" in texto and "0,497364" in texto and "0,539402" in texto
    assert "error de 4,3 por 10 elevado a −2" in texto
    assert "no existe" in SecanteTangente("absoluto", 0).descripcion()
    assert "no se puede calcular" in SecanteTangente("raiz", 0.05).descripcion()
    for nombre in FUNCIONES:
        for x in (0.0, 0.5):
            assert len(SecanteTangente(nombre, x, -3).poster()) > 5000


def comprobar(pagina):
    """Lo que se lee es lo que sale en Python con el estado guardado."""
    nombre, x, k = estado(pagina, "funcion", "x", "log10_h")
    h = potencia_de_diez(k)
    esperado, leidas = diferencias(nombre, x, h), medidas(pagina)
    for rotulo, clave in (
        ("Derivada f′(x)", "exacta"),
        ("Hacia delante", "adelante"),
        ("Centrada", "centrada"),
    ):
        if esperado[clave] is None:
            assert leidas[rotulo] == "—"
        else:
            cerca = pytest.approx(esperado[clave], abs=6e-13 + margen(nombre, x, h))
            assert numero(leidas[rotulo]) == cerca


@pytest.mark.parametrize("como", ["ratón", "dedo", "teclado"])
def test_mover_el_punto(abrir, como):
    pagina = abrir(SecanteTangente(), **(MOVIL if como == "dedo" else {}))
    cuadro(pagina)
    comprobar(pagina)
    x, y = centro(pagina, "Punto x")
    if como == "ratón":
        arrastrar(pagina, "Punto x", -80, 50)
    elif como == "dedo":
        alto = pagina.evaluate("scrollY")
        toques(pagina, *[(x - 7 * k, y + 3 * k) for k in range(9)])
        assert pagina.evaluate("scrollY") == alto
    else:
        pagina.get_by_role("slider", name="Punto x").focus()
        pagina.keyboard.press("ArrowRight")
        pagina.keyboard.press("Shift+ArrowLeft")
    cuadro(pagina)
    [nuevo] = estado(pagina, "x")
    assert nuevo < 1 and nuevo * 20 == pytest.approx(round(nuevo * 20))
    comprobar(pagina)
    # El tirador queda en la curva, por mucho que se aleje el puntero.
    _, ny = centro(pagina, "Punto x")
    caja = pagina.locator(".gr-plano .gr-marco").bounding_box()
    abajo, alto = caja["y"] + caja["height"] - 40, caja["height"] - 48
    f = -1.75 + 3.5 * (abajo - ny) / alto
    assert f == pytest.approx(math.sin(nuevo), abs=0.02)


def test_el_paso_recorre_dieciseis_ordenes(abrir):
    pagina = abrir(SecanteTangente())
    cuadro(pagina)
    mando = pagina.get_by_role("slider", name="Paso h")
    for k in ("-16", "-12.4", "-8", "-5", "0"):
        mando.fill(k)
        cuadro(pagina)
        assert estado(pagina, "log10_h") == [float(k)]
        comprobar(pagina)
    mando.focus()
    pagina.keyboard.press("ArrowLeft")
    cuadro(pagina)
    assert estado(pagina, "log10_h") == [-0.1]
    mando.fill("-8")
    expect(mando).to_have_attribute("aria-valuetext", "10 elevado a −8")
    expect(pagina.locator(".gr-deslizador output")).to_have_text("10⁻⁸")


def test_cambiar_de_funcion(abrir):
    pagina = abrir(SecanteTangente(x=-2.0))
    cuadro(pagina)
    for nombre, x in (
        ("exponencial", -2),
        ("raiz", 0),
        ("absoluto", 0),
        ("relu", 0),
        ("seno", 0),
    ):
        pagina.get_by_role("combobox", name="Función").select_option(nombre)
        cuadro(pagina)
        assert estado(pagina, "funcion", "x") == [nombre, x]
        SecanteTangente(nombre, x)  # Python lo admite
        comprobar(pagina)
        sin_error = pagina.get_by_text("sin derivada no hay error")
        assert sin_error.count() == (nombre in ("raiz", "absoluto", "relu"))


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(SecanteTangente())
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('log10_h', -6); modelos[0].set('x', 0.5)")
    cuadro(pagina)
    comprobar(pagina)
    expect(pagina.get_by_role("slider", name="Paso h")).to_have_value("-6")


def test_la_region_viva_resume(abrir):
    pagina = abrir(SecanteTangente())
    cuadro(pagina)
    pagina.get_by_role("slider", name="Paso h").fill("-12")
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_contain_text("con h = 10⁻¹²")
    expect(region).to_contain_text("Manda el redondeo en las dos")


def test_la_region_viva_sin_derivada_no_deja_huecos(abrir):
    pagina = abrir(SecanteTangente("absoluto", 0))
    cuadro(pagina)
    pagina.get_by_role("slider", name="Paso h").fill("-3")
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_contain_text("Hacia delante 1,000000; centrada 0,000000. ")
