"""«Un motor de diferenciación en sesenta líneas», contra referencias ajenas."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.optimize import approx_fprime

PAGINA = "book/03-diferenciacion/motor.md"
p = definiciones(
    PAGINA,
    "PRIMITIVAS",
    "Nodo",
    "aplicar",
    "sen",
    "exp",
    "log",
    "tanh",
    "relu",
    "orden_topologico",
    "retropropagar",
    "retropropagar_sin_sumar",
    "por_caminos",
    "por_niveles",
    "programa_al_azar",
    "ejecutar",
    "BASICAS",
    "X",
    "y_real",
    "coste",
    "entrenar",
    "gradiente_nodo",
    "sigmoide_y_derivada",
)
MOTOR = {"sen": p.sen, "exp": p.exp, "log": p.log, "tanh": p.tanh, "relu": p.relu}
ALTA = {  # cincuenta cifras: las diferencias centradas son aquí casi exactas
    "sen": mpmath.sin,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "relu": lambda u: max(u, mpmath.mpf(0)),
}
puntos = st.tuples(*[st.floats(-2, 2)] * 3)
hojas = st.integers(0, 2) | st.floats(-2, 2)  # una de las tres entradas, o un número


def ramas(subexpresiones: st.SearchStrategy) -> st.SearchStrategy:
    uno = st.tuples(
        st.sampled_from(["sen", "tanh", "relu", "exp", "log", "inversa", "cubo"]),
        subexpresiones,
    )
    dos = st.tuples(st.sampled_from(["+", "×"]), subexpresiones, subexpresiones)
    return uno | dos


expresiones = st.recursive(hojas, ramas, max_leaves=12)


def evaluar(expresion, x, f: dict[str, Callable], vistos: list | None = None):
    """La expresión en `x` con las funciones `f`; `vistos` recoge lo que entra a relu.

    El logaritmo, la exponencial y la inversa se aplican donde no desbordan.
    """
    if isinstance(expresion, int):
        return x[expresion]
    if isinstance(expresion, float):
        return 0 * x[0] + expresion
    op, *resto = expresion
    u, *v = (evaluar(parte, x, f, vistos) for parte in resto)
    if op == "+":
        return u + v[0]
    if op == "×":
        return u * v[0]
    if op == "cubo":
        return f["tanh"](u) ** 3
    if op == "inversa":
        return (u * u + 1.0) ** -1.5
    if op == "log":
        return f["log"](u * u + 0.5)
    if op == "exp":
        return f["exp"](f["sen"](u))
    if op == "relu" and vistos is not None:
        vistos.append(u)
    return f[op](u)


def gradiente_del_motor(expresion, x) -> list[float]:
    entradas = [p.Nodo(v) for v in x]
    p.retropropagar(evaluar(expresion, entradas, MOTOR))
    return [nodo.grad for nodo in entradas]


@settings(max_examples=200)
@given(expresiones, puntos)
def test_el_motor_coincide_con_diferencias_centradas(expresion, x):
    with mpmath.workdps(50):
        base, vistos = [mpmath.mpf(v) for v in x], []
        valor = evaluar(expresion, base, ALTA, vistos)
        assume(all(abs(u) > 1e-9 for u in vistos))  # relu, lejos del pico
        assume(abs(valor) < 1e4)
        h, esperado = mpmath.mpf(10) ** -15, []
        for i in range(3):
            extremos = [list(base), list(base)]
            extremos[0][i] += h
            extremos[1][i] -= h
            arriba, abajo = (evaluar(expresion, e, ALTA) for e in extremos)
            esperado.append(float((arriba - abajo) / (2 * h)))
    np.testing.assert_allclose(
        gradiente_del_motor(expresion, x), esperado, rtol=1e-9, atol=1e-9
    )


@pytest.mark.marcos
@settings(max_examples=150)
@given(expresiones, puntos)
def test_el_motor_coincide_con_torch(expresion, x):
    import torch

    f = {
        "sen": torch.sin,
        "exp": torch.exp,
        "log": torch.log,
        "tanh": torch.tanh,
        "relu": torch.relu,
    }
    entradas = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in x]
    salida = evaluar(expresion, entradas, f) + 0 * sum(entradas)
    assume(abs(salida.item()) < 1e4)
    salida.backward()
    esperado = [e.grad.item() for e in entradas]
    np.testing.assert_allclose(
        gradiente_del_motor(expresion, x), esperado, rtol=1e-9, atol=1e-9
    )


@pytest.mark.marcos
@settings(max_examples=40)
@given(expresiones, puntos)
def test_el_motor_coincide_con_jax(expresion, x):
    import jax
    import jax.numpy as jnp

    f = {
        "sen": jnp.sin,
        "exp": jnp.exp,
        "log": jnp.log,
        "tanh": jnp.tanh,
        "relu": jax.nn.relu,
    }
    with jax.enable_x64(True):
        valor, esperado = jax.value_and_grad(lambda v: evaluar(expresion, v, f))(
            [jnp.asarray(v, "float64") for v in x]
        )
    assume(abs(float(valor)) < 1e4)
    np.testing.assert_allclose(
        gradiente_del_motor(expresion, x),
        [float(g) for g in esperado],
        rtol=1e-9,
        atol=1e-9,
    )


@pytest.mark.marcos
@pytest.mark.parametrize("semilla", range(25))
def test_programas_con_valores_compartidos(semilla):
    """Los de la página, más largos; en ellos un nodo se usa muchas veces."""
    import torch

    rng = np.random.default_rng(semilla)
    mios = []
    while not any(nodo.grad for nodo in mios):  # que 0 = 0 no prueba nada
        programa = p.programa_al_azar(rng, pasos=80)
        x = rng.uniform(-1.5, 1.5, 3)
        mios = [p.Nodo(v) for v in x]
        p.retropropagar(p.ejecutar(programa, mios, p.BASICAS | MOTOR))
    suyos = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in x]
    f = {"sen": torch.sin, "tanh": torch.tanh, "relu": torch.relu}
    p.ejecutar(programa, suyos, p.BASICAS | f).backward()
    np.testing.assert_allclose(
        [nodo.grad for nodo in mios],
        [t.grad.item() for t in suyos],
        rtol=1e-8,
        atol=1e-10,
    )


@given(st.sampled_from(sorted(p.PRIMITIVAS)), st.floats(0.01, 3), st.floats(-3, -0.01))
def test_cada_primitiva_con_sus_derivadas_locales(op, u, v):
    entradas = [u, v] if op in "+×" else [u if op == "log" or u > 1 else v]
    referencia = ALTA | {"+": lambda a, b: a + b, "×": lambda a, b: a * b}
    valor, locales = p.PRIMITIVAS[op](*entradas)
    assert valor == pytest.approx(float(referencia[op](*entradas)), rel=1e-12)
    for i, local in enumerate(locales):
        orden = tuple(int(i == j) for j in range(len(entradas)))
        exacta = mpmath.diff(referencia[op], tuple(entradas), orden)
        assert local == pytest.approx(float(exacta), rel=1e-9, abs=1e-12)


@given(st.floats(0.1, 3), st.sampled_from([-2.0, -1.0, 0.5, 1.0, 2.0, 3.0]))
def test_potencia(u, k):
    nodo = p.Nodo(u)
    p.retropropagar(nodo**k)
    assert nodo.grad == pytest.approx(k * u ** (k - 1), rel=1e-12)


@given(expresiones, puntos)
def test_el_orden_es_topologico(expresion, x):
    salida = evaluar(expresion, [p.Nodo(v) for v in x], MOTOR)
    orden = p.orden_topologico(salida)
    puesto = {nodo: i for i, nodo in enumerate(orden)}
    assert len(puesto) == len(orden)  # sin repetidos
    assert orden[-1] is salida
    assert all(puesto[q] < puesto[nodo] for nodo in orden for q in nodo.padres)


def test_por_niveles_no_es_topologico():
    s = p.sen(p.Nodo(1.0))
    lista = p.por_niveles(s * (s + 1))
    puesto = {nodo: i for i, nodo in enumerate(lista)}
    assert any(puesto[q] < puesto[nodo] for nodo in lista for q in nodo.padres)


def test_una_cadena_larga_solo_vence_a_la_recursiva():
    y = x = p.Nodo(1.0)
    for _ in range(20_000):
        y = 1.0001 * y
    with pytest.raises(RecursionError):
        p.por_caminos(y)
    p.retropropagar(y)
    assert x.grad == pytest.approx(1.0001**20_000)


@given(expresiones, puntos)
def test_las_hojas_acumulan_y_los_intermedios_no(expresion, x):
    una = gradiente_del_motor(expresion, x)
    assume(np.isfinite(una).all())
    entradas = [p.Nodo(v) for v in x]
    salida = evaluar(expresion, entradas, MOTOR)
    p.retropropagar(salida)
    p.retropropagar(salida)
    if salida.padres:  # si la salida es una hoja, su adjunto se fija en 1
        np.testing.assert_allclose([n.grad for n in entradas], np.multiply(una, 2))


@given(st.floats(-2, 2), st.lists(st.sampled_from(["sen", "tanh"]), max_size=4))
def test_sin_sumar_solo_acierta_cuando_nada_se_reutiliza(u, cadena):
    bien, mal = p.Nodo(u), p.Nodo(u)
    y, z = 3 * bien, 3 * mal
    for op in cadena:
        y, z = MOTOR[op](y), MOTOR[op](z)
    p.retropropagar(y)
    p.retropropagar_sin_sumar(z)
    assert bien.grad == mal.grad
    mal = p.Nodo(u)
    p.retropropagar_sin_sumar(mal * mal)
    assert mal.grad == u  # la mitad de 2u


@given(st.integers(0, 2**31))
def test_por_caminos_da_la_misma_derivada(semilla):
    rng = np.random.default_rng(semilla)
    programa = p.programa_al_azar(rng, pasos=8)
    x = rng.uniform(-1.5, 1.5, 3)
    unos, otros = ([p.Nodo(v) for v in x] for _ in range(2))
    p.retropropagar(p.ejecutar(programa, unos, p.BASICAS | MOTOR))
    visitas = p.por_caminos(p.ejecutar(programa, otros, p.BASICAS | MOTOR))
    np.testing.assert_allclose(
        [n.grad for n in unos], [n.grad for n in otros], rtol=1e-9, atol=1e-12
    )
    assert visitas >= len(programa) + 1


def test_la_neurona():
    """El gradiente del coste, contra diferencias; y recupera los parámetros."""

    def J(t):
        return np.mean((np.tanh(p.X @ t[:2] + t[2]) - p.y_real) ** 2)

    t = np.array([0.3, -0.2, 0.1])
    nodos = [p.Nodo(v) for v in t]
    coste = p.coste(*nodos)
    p.retropropagar(coste)
    assert coste.valor == pytest.approx(J(t))
    np.testing.assert_allclose(
        [n.grad for n in nodos], approx_fprime(t, J, 1e-7), atol=1e-6
    )
    parametros, costes = p.entrenar(pasos=150)
    np.testing.assert_allclose(parametros, [1.2, -0.8, 0.3], atol=1e-5)
    assert costes[0] == pytest.approx(J(np.zeros(3)))
    sin_cero, costes_sin = p.entrenar(a_cero=False)
    assert costes_sin[1] == costes[1]  # el primer paso es idéntico
    assert costes_sin[-1] > 0.2
    assert np.linalg.norm(sin_cero) > 10


@given(st.floats(-2, 2))
def test_la_segunda_derivada(u):
    x = p.Nodo(u)
    primera = p.gradiente_nodo(x * x * p.sen(x), x)
    segunda = p.gradiente_nodo(primera, x)
    assert primera.valor == pytest.approx(
        2 * u * math.sin(u) + u * u * math.cos(u), abs=1e-12
    )
    exacta = (2 - u * u) * math.sin(u) + 4 * u * math.cos(u)
    assert segunda.valor == pytest.approx(exacta, abs=1e-11)


@given(st.floats(-800, 800))
def test_la_sigmoide_no_desborda(u):
    from scipy.special import expit

    valor, (derivada,) = p.sigmoide_y_derivada(u)
    assert valor == pytest.approx(expit(u), rel=1e-12)
    assert derivada == pytest.approx(expit(u) * expit(-u), rel=1e-9, abs=1e-15)


def test_cabe_en_sesenta_lineas():
    """Lo que el título promete, con comentarios y sin líneas en blanco."""
    import ast
    from pathlib import Path

    from paginas import RAIZ

    from herramientas import fuentes

    piezas = {"Nodo", "aplicar", "elemental", "orden_topologico", "retropropagar"}
    total = 0
    for celda in fuentes.leer(Path(RAIZ / PAGINA)).cells:
        if celda.cell_type != "code":
            continue
        for nodo in ast.parse(celda.source).body:
            tabla = isinstance(nodo, ast.Assign) and "PRIMITIVAS" in ast.dump(
                nodo.targets[0]
            )
            funciones = isinstance(nodo, ast.Assign) and "relu" in ast.dump(
                nodo.targets[0]
            )
            if getattr(nodo, "name", None) in piezas or tabla or funciones:
                texto = ast.get_source_segment(celda.source, nodo)
                total += sum(bool(linea.strip()) for linea in texto.splitlines())
    assert 40 < total < 60
