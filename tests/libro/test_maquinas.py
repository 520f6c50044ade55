"""«Las máquinas y el coste»: las cuentas de la página contra quien cuenta de verdad."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones

p = definiciones(
    "book/01-introduccion/maquinas.md",
    "con_escalares",
    "con_vectores",
    "producto",
    "intensidad",
    "segundos",
    "parametros",
    "flop_adelante",
    "flop_entrenar",
    "tokens_por_segundo",
    "ocupacion",
    "MAQUINAS",
)
lados = st.integers(1, 6)
redes = st.lists(st.integers(1, 9), min_size=2, max_size=5)


@given(lados, lados, lados, st.integers(0, 99))
def test_las_tres_maneras_multiplican(m, k, n, semilla):
    rng = np.random.default_rng(semilla)
    A, B = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    np.testing.assert_allclose(p.con_escalares(A.tolist(), B.tolist()), A @ B)
    np.testing.assert_allclose(p.con_vectores(A, B), A @ B)


@pytest.mark.marcos
@settings(max_examples=20, deadline=None)
@given(redes, st.integers(1, 5))
def test_los_flop_son_los_que_cuenta_torch(capas, ejemplos):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    red = torch.nn.Sequential(
        *(torch.nn.Linear(a, b) for a, b in itertools.pairwise(capas))
    )
    assert p.parametros(capas) == sum(w.numel() for w in red.parameters())
    x = torch.ones(ejemplos, capas[0])
    with FlopCounterMode(display=False) as adelante:
        red(x)
    assert adelante.get_total_flops() == ejemplos * p.flop_adelante(capas)
    with FlopCounterMode(display=False) as todo:
        red(x).sum().backward()
    assert todo.get_total_flops() == p.flop_entrenar(capas, ejemplos)


@given(lados, lados, lados)
def test_la_intensidad_cuenta_los_bytes_de_las_matrices(m, k, n):
    A, B = np.zeros((m, k), "float32"), np.zeros((k, n), "float32")
    movidos = A.nbytes + B.nbytes + (A @ B).nbytes
    assert p.producto(m, k, n) == (2 * m * k * n, movidos)
    assert p.intensidad(m, k, n, 2) == 2 * p.intensidad(m, k, n)


def test_la_intensidad_de_dos_cuadradas_es_n_sextos_y_la_de_un_vector_un_medio():
    assert p.intensidad(300, 300, 300) == pytest.approx(50)
    assert p.intensidad(10**5, 10**5, 1) == pytest.approx(0.5, rel=1e-4)


@given(st.floats(1, 1e15), st.floats(1, 1e12), st.sampled_from(["T4", "A100"]))
def test_el_tejado_es_el_minimo_de_los_dos_ritmos(flop, movidos, nombre):
    pico, ancho = p.MAQUINAS[nombre]
    ritmo = flop / p.segundos(flop, movidos, (pico, ancho))
    assert ritmo == pytest.approx(min(pico, flop / movidos * ancho))


def test_con_un_usuario_manda_la_memoria_y_con_muchos_el_calculo():
    pico, ancho = p.MAQUINAS["A100"]
    assert p.tokens_por_segundo(7e9, 1, (pico, ancho)) == pytest.approx(ancho / 14e9)
    muchos = p.tokens_por_segundo(7e9, 10_000, (pico, ancho))
    assert muchos == pytest.approx(pico / 14e9)


@given(st.integers(1, 9), st.integers(1, 40))
def test_la_ocupacion_simulada_es_la_de_la_formula(maquinas, trozos):
    """Simulación aparte: una máquina empieza cuando acaban la anterior y ella."""
    fin = np.zeros((maquinas, trozos))
    for m in range(maquinas):
        for t in range(trozos):
            antes = (fin[m - 1, t] if m else 0, fin[m, t - 1] if t else 0)
            fin[m, t] = max(antes) + 1
    esperada = maquinas * trozos / (maquinas * fin[-1, -1])
    assert p.ocupacion(maquinas, trozos) == pytest.approx(esperada)
