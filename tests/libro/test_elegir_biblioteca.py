"""«Cuatro bibliotecas, un mismo modelo»: sus cuentas, contra referencias."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizadores import poner_pesos
from paginas import definiciones
from scipy.special import log_softmax
from sklearn.datasets import load_digits

PAGINA = "book/01-introduccion/elegir-biblioteca.md"
p = definiciones(
    *(PAGINA, "iniciales", "coste", "paso_pt", "derivar_ks", "paso_ks", "paso_jx"),
    *("hasta_pt", "factor", "elegir", "cronometrar", "vuelta_jx", "PREGUNTAS"),
    "MATRIZ",
)


def datos(semilla: int, n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    azar = np.random.default_rng(semilla)
    X = azar.normal(size=(n, 64)).astype("float32")
    return X, azar.integers(10, size=n)


@given(st.integers(1, 40), st.integers(0, 2**31))
def test_los_pesos_iniciales_tienen_su_forma_y_sus_sesgos_son_cero(ancho, semilla):
    pesos = p.iniciales(ancho, semilla)
    formas = [(64, ancho), (ancho,), (ancho, 10), (10,)]
    assert [v.shape for v in pesos.values()] == formas
    assert all(v.dtype == np.float32 for v in pesos.values())
    assert not pesos["b1"].any() and not pesos["b2"].any()
    assert pesos["W1"].all()  # y los pesos, no


def test_la_escala_inicial_es_la_raiz_de_las_entradas():
    pesos = p.iniciales(400)
    assert pesos["W1"].std() == pytest.approx(1 / 8, rel=0.02)
    assert pesos["W2"].std() == pytest.approx(1 / 20, rel=0.05)


@given(st.integers(0, 2**31), st.floats(0.1, 30))
def test_el_coste_es_el_de_scipy_en_64_bits(semilla, escala):
    X, y = datos(semilla)
    pesos = {n: v * np.float32(escala) for n, v in p.iniciales(5, semilla).items()}
    W1, b1, W2, b2 = (v.astype("float64") for v in pesos.values())
    log_p = log_softmax(np.tanh(X @ W1 + b1) @ W2 + b2, axis=1)
    esperado = -np.take_along_axis(log_p, y[:, None], axis=1).mean()
    assert p.coste(pesos, X, y) == pytest.approx(esperado, rel=1e-3, abs=1e-4)


@settings(max_examples=5)
@given(st.integers(0, 2**31), st.floats(0.01, 2))
def test_los_tres_pasos_son_el_de_pytorch_con_sus_objetos(semilla, tasa):
    X, y = datos(semilla)
    pesos = p.iniciales(6, semilla)
    red = torch.nn.Sequential(
        torch.nn.Linear(64, 6), torch.nn.Tanh(), torch.nn.Linear(6, 10)
    )
    traspuestos = (pesos["W1"].T, pesos["b1"], pesos["W2"].T, pesos["b2"])
    poner_pesos(red, traspuestos)
    optimizador = torch.optim.SGD(red.parameters(), lr=tasa)
    J = torch.nn.CrossEntropyLoss()(red(torch.tensor(X)), torch.tensor(y))
    J.backward()
    optimizador.step()
    esperados = [v.detach().numpy() for v in red.parameters()]
    esperados = [esperados[0].T, esperados[1], esperados[2].T, esperados[3]]

    import tensorflow as tf

    de_torch = {n: torch.tensor(v) for n, v in pesos.items()}
    nuevos_pt, J_pt = p.paso_pt(de_torch, torch.tensor(X), torch.tensor(y), tasa)
    variables = {n: tf.Variable(v) for n, v in pesos.items()}
    J_tf = p.paso_ks(variables, X, y, tasa)
    nuevos_jx, J_jx = p.paso_jx(pesos, X, y, tasa)
    for nuevos, coste in ((nuevos_pt, J_pt), (variables, J_tf), (nuevos_jx, J_jx)):
        assert float(coste) == pytest.approx(J.item(), abs=1e-5)
        for nombre, esperado in zip(pesos, esperados, strict=True):
            np.testing.assert_allclose(nuevos[nombre], esperado, atol=1e-5)


@settings(max_examples=5)
@given(st.integers(0, 2**31))
def test_la_cinta_deriva_igual_variables_que_tensores(semilla):
    import tensorflow as tf

    X, y = datos(semilla)
    pesos = p.iniciales(3, semilla)
    de_variables = p.derivar_ks({n: tf.Variable(v) for n, v in pesos.items()}, X, y)
    de_tensores = p.derivar_ks({n: tf.constant(v) for n, v in pesos.items()}, X, y)
    for nombre in pesos:
        np.testing.assert_array_equal(de_variables[1][nombre], de_tensores[1][nombre])


@pytest.mark.parametrize("meta", [1.0, 0.3])
def test_el_bucle_para_en_cuanto_baja_de_la_meta(meta):
    pesos = {n: torch.tensor(v) for n, v in p.iniciales(8).items()}
    J, intentos = p.hasta_pt(pesos, 0.5, meta=meta)
    assert float(J) <= meta
    assert intentos > 0
    assert p.hasta_pt(pesos, 0.5, meta=float(J) + 1e-3)[1] <= intentos
    digitos = load_digits()
    X = (digitos.data[:1000] / 16).astype("float32")
    inicial = p.coste(p.iniciales(8), X, digitos.target[:1000])
    assert p.hasta_pt(pesos, 0.5, meta=inicial + 1e-3)[1] == 0


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_la_tasa_solo_crece_si_el_coste_baja(J, nuevo):
    assert (p.factor(J, nuevo) > 1) == (nuevo < J)


@given(
    st.lists(st.integers(0, 9), min_size=5, max_size=5),
    st.lists(st.integers(0, 4), max_size=2),
)
def test_elegir_filtra_suma_y_ordena(pesos, imprescindibles):
    puntos = p.elegir(pesos, imprescindibles)
    cumplen = {
        nombre
        for nombre, si in p.MATRIZ.items()
        if not {i for i in imprescindibles if not si[i]}
    }
    assert set(puntos) == cumplen
    assert list(puntos.values()) == sorted(puntos.values(), reverse=True)
    for nombre, total in puntos.items():
        si = [i for i, respuesta in enumerate(p.MATRIZ[nombre]) if respuesta]
        assert total == sum(pesos[i] for i in si)


def test_la_matriz_contesta_todas_las_preguntas_y_ninguna_domina():
    respuestas = np.array(list(p.MATRIZ.values()))
    assert respuestas.shape == (4, len(p.PREGUNTAS))
    for i, una in enumerate(respuestas):
        for otra in np.delete(respuestas, i, axis=0):
            assert (una > otra).any()  # cada una gana a otra en algo


def test_el_cronometro_separa_la_primera_llamada():
    import time

    llamadas = []

    def paso(espera):
        time.sleep(espera if not llamadas else 0)
        llamadas.append(espera)
        return len(llamadas)

    (primera, mejor), resultado = p.cronometrar(paso, 0.05, veces=4)
    assert len(llamadas) == 4 and resultado == 1
    assert primera >= 50 > mejor


@given(st.floats(0.1, 100))
def test_la_vuelta_de_heron_va_a_la_raiz(a):
    x = a
    for _ in range(20):
        x = p.vuelta_jx(a, x)
    assert x == pytest.approx(math.sqrt(a), rel=1e-9)
