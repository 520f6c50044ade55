"""«Premios, pocas etiquetas y otros dominios»: lo que define, contra otras cuentas."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizadores import entrenar_en_torch, poner_pesos
from paginas import definiciones
from scipy.linalg import fractional_matrix_power
from scipy.ndimage import rotate

PAGINA = "book/01-introduccion/otras-senales.md"
p = definiciones(
    PAGINA,
    "MAPA",
    "leer",
    "optima",
    "episodio",
    "sin_explorar",
    "pasos_hasta",
    "girar",
    "entrenar_giros",
    "desenfocar",
    "potencia",
    "coral",
)


@st.composite
def mapas(dibujar):
    """Rejillas al azar, de 2 × 3 a 5 × 5, con una salida, una meta, muros y fosos."""
    alto, ancho = dibujar(st.integers(2, 5)), dibujar(st.integers(3, 5))
    plano = dibujar(
        st.lists(
            st.sampled_from("....#F"), min_size=alto * ancho, max_size=alto * ancho
        )
    )
    s, m = dibujar(
        st.lists(st.integers(0, len(plano) - 1), min_size=2, max_size=2, unique=True)
    )
    plano[s], plano[m] = "S", "M"
    return ["".join(plano[i : i + ancho]) for i in range(0, len(plano), ancho)]


def distancia(mapa):
    """Pasos hasta la meta sin pisar fosos, con NetworkX; None si no se llega."""
    grafo = nx.grid_2d_graph(len(mapa), len(mapa[0]))
    casillas = {mapa[f][c]: (f, c) for f, c in grafo}
    grafo.remove_nodes_from([n for n in list(grafo) if mapa[n[0]][n[1]] in "#F"])
    try:
        return nx.shortest_path_length(grafo, casillas["S"], casillas["M"])
    except nx.NetworkXNoPath:
        return None


@given(mapas(), st.sampled_from([0.5, 0.8, 0.9]))
def test_el_mejor_retorno_es_el_del_camino_mas_corto(mapa, gamma):
    mundo = p.leer(mapa)
    Q, pasos = p.optima(mundo, gamma), distancia(mapa)
    esperado = 0.0 if pasos is None else gamma ** (pasos - 1)
    mejor = Q[mundo[3]].max()
    if pasos is None:  # lo mejor es esperar; encerrado entre fosos, da vueltas
        assert mejor <= 1e-12
    else:
        np.testing.assert_allclose(mejor, esperado, rtol=1e-12)
        np.testing.assert_allclose(p.sin_explorar(mundo, Q, gamma), esperado)


@given(mapas(), st.integers(0, 2**31))
def test_sin_explorar_es_el_valor_que_da_el_sistema_lineal(mapa, semilla):
    siguiente, premio, final, salida = mundo = p.leer(mapa)
    Q = np.random.default_rng(semilla).normal(size=siguiente.shape)
    llega = siguiente[np.arange(len(Q)), Q.argmax(axis=1)]
    T = np.zeros((len(Q), len(Q)))
    T[np.arange(len(Q)), llega] = ~final[llega]  # al llegar a un final no se sigue
    T[final] = 0
    V = np.linalg.solve(np.eye(len(Q)) - 0.9 * T, premio[llega] * ~final)
    np.testing.assert_allclose(p.sin_explorar(mundo, Q, 0.9), V[salida], atol=1e-12)


@pytest.mark.parametrize("semilla", range(3))
def test_q_learning_converge_a_la_q_exacta(semilla):
    mundo = p.leer(p.MAPA)
    rng, Q = np.random.default_rng(semilla), np.zeros((25, 4))
    for _ in range(600):
        p.episodio(mundo, Q, rng, azar=1.0)  # explora siempre: lo visita todo
    exacta, visto = p.optima(mundo), np.ones(25, dtype=bool)
    visto[[i for i, c in enumerate("".join(p.MAPA)) if c in "#MF"]] = False
    visto[24] = False  # detrás de la meta y del foso: no se puede llegar
    np.testing.assert_allclose(Q[visto], exacta[visto], atol=0.02)
    np.testing.assert_allclose(p.sin_explorar(mundo, Q), 0.9**6)


@given(st.integers(0, 2**31))
def test_un_episodio_da_el_retorno_de_sus_pasos(semilla):
    mundo = p.leer(p.MAPA)
    retorno, pasos = p.episodio(
        mundo, np.zeros((25, 4)), np.random.default_rng(semilla)
    )
    np.testing.assert_allclose(abs(retorno), 0.9 ** (pasos - 1))
    assert pasos >= 4  # ni el foso más cercano se alcanza antes


def test_pasos_hasta_no_cuenta_nada_si_ya_se_sabe():
    mundo, rng = p.leer(p.MAPA), np.random.default_rng(0)
    assert p.pasos_hasta(mundo, rng, p.optima(mundo)) == 0
    assert p.pasos_hasta(mundo, rng, maximo=30) == 30


@given(st.integers(0, 2**31))
def test_los_giros_son_los_de_scipy(semilla):
    X = np.random.default_rng(semilla).random((3, 64))
    giros, clases = p.girar(X)
    assert giros.shape == (12, 64)
    assert clases.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    for x, g, esperada in zip(giros, clases, np.tile(X, (4, 1)), strict=True):
        angulo = 90 * int(g)
        otra = rotate(esperada.reshape(8, 8), angulo, reshape=False, order=0)
        np.testing.assert_array_equal(x.reshape(8, 8), otra)


@given(st.integers(0, 2**31))
@settings(max_examples=10)
def test_los_pasos_de_los_giros_son_los_de_pytorch(semilla):
    rng = np.random.default_rng(semilla)
    formas = [(5, 7), (7,), (7, 4), (4,)]
    pesos = [rng.normal(size=forma) for forma in formas]
    X, giro = rng.normal(size=(12, 5)), rng.integers(4, size=12)
    capas = [torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 4)]
    red = torch.nn.Sequential(*capas).double()
    poner_pesos(red, [valor.T for valor in pesos])
    entrenar_en_torch(red, X, giro, tasa=0.5, inercia=0.9, pasos=8)
    finales = p.entrenar_giros(pesos, X, np.eye(4)[giro], pasos=8)
    for parametro, valor in zip(red.parameters(), finales, strict=True):
        np.testing.assert_allclose(valor.T, parametro.detach().numpy(), atol=1e-9)


def test_desenfocar_no_mezcla_unas_imagenes_con_otras():
    X = np.zeros((3, 64))
    X[1, 27] = 1
    borrosa = p.desenfocar(X)
    assert borrosa[0].max() == borrosa[2].max() == 0
    assert 0 < borrosa[1].max() < 1 and (borrosa[1] > 0).sum() > 9


@given(st.integers(0, 2**31), st.sampled_from([-0.5, 0.5, 1.0, -1.0]))
def test_la_potencia_es_la_de_scipy(semilla, exponente):
    A = np.random.default_rng(semilla).normal(size=(6, 4))
    C = A.T @ A + 0.1 * np.eye(4)
    esperada = fractional_matrix_power(C, exponente)
    np.testing.assert_allclose(p.potencia(C, exponente), esperada, rtol=1e-7, atol=1e-9)


@given(st.integers(0, 2**31))
def test_coral_iguala_la_media_y_la_covarianza(semilla):
    rng = np.random.default_rng(semilla)
    origen = rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5)
    destino = rng.normal(size=(30, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5)
    nuevo = p.coral(origen, destino, lam=1e-9)
    np.testing.assert_allclose(nuevo.mean(axis=0), destino.mean(axis=0), atol=1e-8)
    C = np.cov(destino, rowvar=False)
    np.testing.assert_allclose(np.cov(nuevo, rowvar=False), C, atol=1e-4 * C.max())


def test_coral_no_cambia_lo_que_ya_coincide():
    X = np.random.default_rng(0).normal(size=(50, 6))
    np.testing.assert_allclose(p.coral(X, X), X, atol=1e-10)
