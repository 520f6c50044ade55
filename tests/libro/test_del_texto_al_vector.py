"""«De lo discreto a lo continuo»: la página, contra PyTorch y scikit-learn."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from sklearn.feature_extraction.text import CountVectorizer
from torch.nn import functional as F

PAGINA = "book/01-introduccion/del-texto-al-vector.md"
p = definiciones(
    PAGINA,
    "palabras",
    "vocabulario",
    "codificar",
    "ordenar",
    "simetrica",
    "derivada",
    "codificar_jx",
    "coste_clip_jx",
)
semillas = st.integers(0, 2**31)
textos = st.text(alphabet="abñÚ ,.;", max_size=30)


@given(textos)
def test_las_palabras_son_las_de_scikit_learn(texto):
    analizar = CountVectorizer(token_pattern=r"(?u)\w+|[^\w\s]").build_analyzer()
    assert p.palabras(texto) == analizar(texto)


@given(textos, textos)
def test_los_indices_son_los_de_scikit_learn_y_lo_nuevo_es_cero(leido, nuevo):
    vocablos = p.vocabulario(list(leido))
    assert vocablos[0] == "<desc>" and len(vocablos) == 1 + len(set(leido))
    codigos = p.codificar(list(nuevo), vocablos)
    for token, codigo in zip(nuevo, codigos, strict=True):
        assert (codigo == 0) == (token not in leido)
        if codigo:
            assert vocablos[codigo] == token
    if leido:
        contar = CountVectorizer(analyzer=list).fit([leido])
        assert contar.get_feature_names_out().tolist() == vocablos[1:]


@settings(deadline=None)
@given(semillas)
def test_ordenar_da_los_pasos_de_pytorch(semilla):
    azar = np.random.default_rng(semilla)
    v, parejas = azar.normal(size=(6, 1)), azar.integers(0, 6, size=(9, 2))
    tabla = torch.tensor(v, requires_grad=True)
    optimizador = torch.optim.SGD([tabla], lr=0.7)
    for _ in range(12):
        optimizador.zero_grad()
        z = (tabla[parejas[:, 0]] - tabla[parejas[:, 1]])[:, 0]
        F.binary_cross_entropy_with_logits(z, torch.ones_like(z)).backward()
        optimizador.step()
    camino = p.ordenar(v, parejas, pasos=12, tasa=0.7)
    assert camino.shape == (13, 6, 1)
    np.testing.assert_array_equal(camino[0], v)
    np.testing.assert_allclose(camino[-1], tabla.detach(), atol=1e-10)


def unitarios(semilla: int, k: int, d: int = 4) -> tuple[np.ndarray, np.ndarray]:
    azar = np.random.default_rng(semilla)
    U, V = azar.normal(size=(2, k, d))
    return tuple(z / np.linalg.norm(z, axis=1, keepdims=True) for z in (U, V))


@given(semillas, st.integers(1, 8), st.floats(0.05, 5))
def test_la_perdida_simetrica_es_la_media_de_dos_entropias_cruzadas(semilla, k, tau):
    U, V = unitarios(semilla, k)
    s, sitio = torch.tensor(U @ V.T / tau), torch.arange(k)
    esperada = (F.cross_entropy(s, sitio) + F.cross_entropy(s.T, sitio)) / 2
    salida = p.simetrica(U, V, tau)
    np.testing.assert_allclose(salida, esperada, atol=1e-9)
    assert salida > -1e-12  # la buena está en el denominador


@given(semillas, st.integers(2, 6), st.floats(0.05, 5))
def test_la_derivada_es_la_de_autograd(semilla, k, tau):
    s = np.random.default_rng(semilla).uniform(-1, 1, (k, k))
    hoja, sitio = torch.tensor(s, requires_grad=True), torch.arange(k)
    coste = F.cross_entropy(hoja / tau, sitio) + F.cross_entropy(hoja.T / tau, sitio)
    (coste / 2).backward()
    np.testing.assert_allclose(p.derivada(s, tau), hoja.grad, atol=1e-10)


def caso(semilla: int, k: int, lotes: int):
    azar = np.random.default_rng(semilla)
    formas = (5, 7), (7, 8), (6, 4), (4, 8)
    W = [azar.normal(size=forma).astype("float32") for forma in formas]
    W[0][:, 0] = np.abs(W[0][:, 0])  # con P positiva, alguna oculta no es nula
    P = azar.uniform(0.1, 1, size=(k * lotes, 5)).astype("float32")
    L = azar.integers(0, 6, size=(k * lotes, 3))
    L[:, 0] = azar.integers(1, 6, size=k * lotes)  # al menos una letra
    return W, P, L, np.tile(np.arange(k), lotes)


@settings(deadline=None, max_examples=15)
@given(semillas)
def test_el_codificador_de_texto_es_embedding_bag(semilla):
    W, P, L, _ = caso(semilla, 3, 2)
    u, v = p.codificar_jx(W, P, L)
    bolsa = F.embedding_bag(
        torch.tensor(L), torch.tensor(W[2]), mode="mean", padding_idx=0
    )
    oculta = torch.relu(torch.tensor(P) @ torch.tensor(W[0]))
    np.testing.assert_allclose(u, oculta @ torch.tensor(W[1]), atol=1e-4)
    np.testing.assert_allclose(v, bolsa @ torch.tensor(W[3]), atol=1e-4)


@settings(deadline=None, max_examples=15)
@given(semillas)
def test_el_coste_es_la_media_de_las_perdidas_de_cada_lote(semilla):
    k = 4  # una sola forma: JAX compila una vez
    W, P, L, sitio = caso(semilla, k, lotes=3)
    por_lote = []
    for i in range(0, len(P), k):
        u, v = (np.asarray(z) for z in p.codificar_jx(W, P[i : i + k], L[i : i + k]))
        u, v = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (u, v))
        por_lote.append(p.simetrica(u, v))
    salida = p.coste_clip_jx(W, P, L, sitio, k)
    np.testing.assert_allclose(salida, np.mean(por_lote), atol=1e-4)
