"""«Descenso estocástico»: lo que define la página, contra referencias ajenas a ella."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss
from torch.utils.data import DataLoader

PAGINA = "book/04-optimizacion/estocastico.md"
p = definiciones(
    PAGINA,
    "por_ejemplo",
    "sortear",
    "varianza_lote",
    "lotes",
    "softmax",
    "coste",
    "pasos_sgd",
    "entrenar",
    "con_bufer",
    "sgd",
    "w_optimo",
    "autocodificar",
)
semillas = st.integers(0, 2**31)


@given(semillas, st.integers(1, 20))
def test_los_gradientes_por_ejemplo_son_los_de_pytorch(semilla, n):
    azar = np.random.default_rng(semilla)
    X, y, w = azar.normal(size=(n, 4)), azar.normal(size=n), azar.normal(size=4)
    pesos = torch.tensor(w)
    jacobiano = torch.func.jacrev(
        lambda v: (torch.tensor(X) @ v - torch.tensor(y)) ** 2
    )(pesos)
    np.testing.assert_allclose(p.por_ejemplo(w, X, y), jacobiano, atol=1e-10)


@given(semillas, st.integers(2, 6), st.data())
def test_media_y_varianza_contra_todos_los_lotes_posibles(semilla, n, data):
    B = data.draw(st.integers(1, n))
    g = np.random.default_rng(semilla).normal(size=(n, 3))
    for reemplazo, posibles in (
        (False, combinations(range(n), B)),
        (True, product(range(n), repeat=B) if n**B < 5000 else ()),
    ):
        medias = [g[list(lote)].mean(axis=0) for lote in posibles]
        if not medias:
            continue
        np.testing.assert_allclose(np.mean(medias, axis=0), g.mean(axis=0), atol=1e-10)
        esperada = np.var(medias, axis=0).sum()
        assert p.varianza_lote(g, B, reemplazo) == pytest.approx(esperada, abs=1e-10)


@given(semillas, st.integers(1, 30), st.data())
def test_sortear_no_repite_y_no_prefiere(semilla, n, data):
    B = data.draw(st.integers(1, n))
    indices = p.sortear(n, B, 7, np.random.default_rng(semilla))
    assert indices.shape == (7, B)
    assert all(len(set(lote)) == B and set(lote) <= set(range(n)) for lote in indices)


def test_sortear_es_uniforme():
    indices = p.sortear(6, 2, 30_000, np.random.default_rng(0))
    veces = np.bincount(indices.ravel(), minlength=6)
    np.testing.assert_allclose(veces, 10_000, rtol=0.03)


@given(st.integers(1, 300), st.integers(1, 64), st.booleans(), semillas)
def test_los_lotes_son_los_de_dataloader(n, B, descartar, semilla):
    nuestros = p.lotes(n, B, descartar=descartar)
    suyos = list(DataLoader(range(n), batch_size=B, drop_last=descartar))
    assert len(nuestros) == len(suyos) == (n // B if descartar else math.ceil(n / B))
    assert all(a.tolist() == b.tolist() for a, b in zip(nuestros, suyos, strict=True))
    barajados = p.lotes(n, B, np.random.default_rng(semilla))
    assert sorted(np.concatenate(barajados).tolist()) == list(range(n))
    assert [len(lote) for lote in barajados] == [len(x) for x in p.lotes(n, B)]


@given(semillas)
def test_softmax_y_coste_son_los_de_scipy_y_sklearn(semilla):
    azar = np.random.default_rng(semilla)
    X, W = azar.normal(size=(12, 5)), 20 * azar.normal(size=(5, 10))
    y = azar.integers(10, size=12)
    np.testing.assert_allclose(p.softmax(X @ W), softmax(X @ W, axis=1), atol=1e-12)
    W = W / 20
    esperado = log_loss(y, np.exp(log_softmax(X @ W, axis=1)), labels=range(10))
    assert p.coste(W, X, y) == pytest.approx(esperado, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(semillas, st.floats(0.01, 1), st.integers(3, 9))
def test_cada_paso_es_el_de_sgd_de_pytorch(semilla, tasa, B):
    azar = np.random.default_rng(semilla)
    X, y = azar.normal(size=(20, 4)), azar.integers(10, size=20)
    W0 = azar.normal(size=(4, 10))
    trozos = p.lotes(20, B, azar)
    W_pt = torch.tensor(W0, requires_grad=True)
    optimizador = torch.optim.SGD([W_pt], lr=tasa)
    nuestros = list(p.pasos_sgd(W0, X, y, trozos, tasa))
    assert len(nuestros) == len(trozos)
    for lote, W in zip(trozos, nuestros, strict=True):
        optimizador.zero_grad()
        logits = torch.tensor(X[lote]) @ W_pt
        torch.nn.functional.cross_entropy(logits, torch.tensor(y[lote])).backward()
        optimizador.step()
        np.testing.assert_allclose(W, W_pt.detach(), atol=1e-10)


def test_entrenar_encadena_las_epocas():
    azar = np.random.default_rng(0)
    X, y = azar.normal(size=(30, 4)), azar.integers(10, size=30)
    W, costes = p.entrenar(X, y, 8, 0.3, 3, np.random.default_rng(5))
    rng, otra = np.random.default_rng(5), np.zeros((4, 10))
    for epoca in range(3):
        *_, otra = p.pasos_sgd(otra, X, y, p.lotes(30, 8, rng), 0.3)
        assert costes[epoca + 1] == pytest.approx(p.coste(otra, X, y))
    np.testing.assert_allclose(W, otra)
    assert costes[0] == pytest.approx(p.coste(np.zeros((4, 10)), X, y))


@given(st.integers(1, 200), st.integers(1, 250), semillas)
def test_el_bufer_permuta_y_no_adelanta_mas_de_lo_que_cabe(n, bufer, semilla):
    orden = p.con_bufer(n, bufer, np.random.default_rng(semilla))
    assert sorted(orden.tolist()) == list(range(n))
    # el que sale en el puesto k ya había entrado: no pasa de k + bufer − 1
    assert np.all(orden < np.arange(n) + bufer)
    if bufer == 1:
        assert orden.tolist() == list(range(n))


@pytest.mark.marcos
def test_el_bufer_de_tf_data_cumple_la_misma_cota():
    import tensorflow as tf

    for bufer in (1, 10, 50):
        cadena = tf.data.Dataset.range(200).shuffle(bufer, seed=3)
        orden = np.array(list(cadena.as_numpy_iterator()))
        assert sorted(orden.tolist()) == list(range(200))
        assert np.all(orden < np.arange(200) + bufer)
        if bufer > 1:
            assert np.any(orden != np.arange(200))


@pytest.mark.marcos
def test_los_repartidores_de_keras_y_jax_permutan():
    import jax

    pagina = definiciones(PAGINA, "Barajado", "lotes_jx")
    X, y = np.arange(50) * 10, np.arange(50)
    datos = pagina.Barajado(X, y, 8, semilla=1)
    ordenes = []
    for _ in range(2):
        pares = [datos[i] for i in range(len(datos))]
        for X_lote, y_lote in pares:
            np.testing.assert_array_equal(X_lote, 10 * y_lote)
        ordenes.append(np.concatenate([y_lote for _, y_lote in pares]).tolist())
        datos.on_epoch_end()
    clave = jax.random.key(4)
    ordenes_jx = [
        np.concatenate(pagina.lotes_jx(clave, epoca, 50, 8)).tolist()
        for epoca in (0, 1)
    ]
    for primero, segundo in (ordenes, ordenes_jx):
        assert sorted(primero) == sorted(segundo) == list(range(50))
        assert primero != segundo
    assert len(datos) == len(pagina.lotes_jx(clave, 0, 50, 8)) == 7


def test_con_el_lote_entero_sgd_es_el_descenso_exacto():
    pagina = definiciones(PAGINA, "X", "y", "w_optimo")
    excesos = p.sgd([0.1] * 5, 442, np.random.default_rng(0), False, replicas=2)
    w = np.zeros(3)
    H = 2 * pagina.X.T @ pagina.X / 442
    for exceso in excesos:
        w = w - 0.1 * H @ (w - pagina.w_optimo)
        d = w - pagina.w_optimo
        assert exceso == pytest.approx(d @ H @ d / 2, rel=1e-9)


def test_el_suelo_es_el_de_la_formula_y_sin_reemplazo_baja():
    pagina = definiciones(PAGINA, "X", "y", "w_optimo", "por_ejemplo", "varianza_lote")
    g = pagina.por_ejemplo(pagina.w_optimo, pagina.X, pagina.y)
    teoria = 0.01 / 4 * pagina.varianza_lote(g, 13, reemplazo=True)
    rng = np.random.default_rng(9)
    con, sin = (p.sgd([0.01] * 900, 13, rng, r)[-300:].mean() for r in (True, False))
    assert con == pytest.approx(teoria, rel=0.15)
    assert sin < con / 3


def test_el_paso_del_autocodificador_es_el_de_pytorch():
    pagina = definiciones(PAGINA, "A_ent", "A_pru", "autocodificar")
    tasa, azar = 0.1, np.random.default_rng(2)
    inicial = np.random.default_rng(2)
    A = torch.tensor(inicial.normal(size=(64, 48)) / 8, requires_grad=True)
    C = torch.tensor(inicial.normal(size=(48, 64)) / 7, requires_grad=True)
    x = torch.tensor(pagina.A_ent)
    optimizador = torch.optim.SGD([A, C], lr=tasa)
    for _ in range(2):  # el lote es todo: el orden no importa
        optimizador.zero_grad()
        (((torch.tanh(x @ A) @ C - x) ** 2).sum(dim=1).mean() / 2).backward()
        optimizador.step()
    esperado = [
        ((torch.tanh(torch.tensor(Z) @ A) @ C - torch.tensor(Z)) ** 2)
        .sum(1)
        .mean()
        .item()
        for Z in (pagina.A_ent, pagina.A_pru)
    ]
    np.testing.assert_allclose(
        pagina.autocodificar(384, tasa, 2, azar), esperado, rtol=1e-9
    )


def test_ordenado_por_clase_solo_recuerda_la_ultima():
    pagina = definiciones(PAGINA, "X_ent", "y_ent", "X_pru", "por_clase", "entrenar")
    W, _ = pagina.entrenar(
        pagina.X_ent[pagina.por_clase], pagina.y_ent[pagina.por_clase], 32, 0.5, 1
    )
    assert set((pagina.X_pru @ W).argmax(axis=1)) == {9}
