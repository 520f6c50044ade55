"""«Una notación para todos los productos»: contra NumPy, SciPy y PyTorch."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from paginas import definiciones
from scipy.spatial.distance import cdist

PAGINA = "book/02-tensores/einsum.md"
p = definiciones(
    PAGINA, "einsum_con_bucles", "coste", "distancias_al_cuadrado", "formula_derivada"
)


@st.composite
def formulas(draw):
    """(fórmula, formas) de dos operandos con letras y tamaños al azar."""
    tamanos = draw(st.fixed_dictionaries({c: st.integers(1, 3) for c in "abcd"}))
    letras = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)
    uno, otro = draw(letras), draw(letras)
    todas = sorted({*uno, *otro})
    salida = draw(st.lists(st.sampled_from(todas), unique=True, max_size=4))
    formula = f"{''.join(uno)},{''.join(otro)}->{''.join(salida)}"
    return formula, [tuple(tamanos[c] for c in letras) for letras in (uno, otro)]


@given(formulas(), st.integers(0, 2**31))
def test_los_bucles_son_einsum(caso, semilla):
    formula, formas = caso
    azar = np.random.default_rng(semilla)
    operandos = [azar.normal(size=forma) for forma in formas]
    np.testing.assert_allclose(
        p.einsum_con_bucles(formula, *operandos),
        np.einsum(formula, *operandos),
        atol=1e-12,
    )


def test_los_bucles_rechazan_tamanos_distintos():
    with pytest.raises(AssertionError, match="no casa"):
        p.einsum_con_bucles("ik,kj->ij", np.ones((2, 3)), np.ones((4, 2)))


@given(formulas())
def test_el_coste_cuenta_las_vueltas(caso):
    formula, formas = caso
    entradas = formula.split("->")[0].split(",")
    tamanos = {}
    for entrada, forma in zip(entradas, formas, strict=True):
        tamanos |= dict(zip(entrada, forma, strict=True))
    todas = "".join(sorted(tamanos))
    unos = np.einsum(f"{','.join(entradas)}->{todas}", *map(np.ones, formas))
    assert p.coste(formula, *formas) == unos.size == prod(tamanos.values())


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**31))
def test_las_distancias_son_las_de_scipy(n, m, d, semilla):
    azar = np.random.default_rng(semilla)
    X, Y = azar.normal(size=(n, d)), azar.normal(size=(m, d))
    np.testing.assert_allclose(
        p.distancias_al_cuadrado(X, Y), cdist(X, Y) ** 2, atol=1e-12
    )


@given(formulas(), st.sampled_from([0, 1]), st.integers(0, 2**31))
def test_la_formula_de_la_derivada_es_la_de_pytorch(caso, cual, semilla):
    formula, formas = caso
    entradas, salida = formula.split("->")
    propio, otro = (entradas.split(",")[k] for k in (cual, 1 - cual))
    if set(propio) - set(salida) - set(otro):
        with pytest.raises(ValueError, match="no es una sola"):
            p.formula_derivada(formula, cual)
        return
    azar = np.random.default_rng(semilla)
    tensores = [torch.tensor(azar.normal(size=f), requires_grad=True) for f in formas]
    resultado = torch.einsum(formula, *tensores)
    G = torch.tensor(azar.normal(size=tuple(resultado.shape)))
    (resultado * G).sum().backward()
    hallada = np.einsum(
        p.formula_derivada(formula, cual), G, tensores[1 - cual].detach()
    )
    np.testing.assert_allclose(hallada, tensores[cual].grad, atol=1e-12)


@pytest.mark.marcos
def test_un_eje_de_tamano_1_se_estira_salvo_en_tensorflow():
    """Lo que dice el «Error frecuente»; si una biblioteca cambia, cambia la página."""
    import jax.numpy as jnp
    import tensorflow as tf

    A, B = np.ones((5, 4), "float32"), np.ones((1, 5), "float32")
    con_torch = torch.einsum("ik,kj->ij", torch.tensor(A), torch.tensor(B))
    for C in (np.einsum("ik,kj->ij", A, B), con_torch, jnp.einsum("ik,kj->ij", A, B)):
        np.testing.assert_allclose(C, np.full((5, 5), 4.0))
    with pytest.raises(ValueError):
        A @ B
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.einsum("ik,kj->ij", A, B)
