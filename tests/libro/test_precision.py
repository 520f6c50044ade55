"""«Precisión numérica»: lo que define la página, contra los tipos de verdad y SciPy."""

from __future__ import annotations

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.special import logsumexp

PAGINA = "book/02-tensores/precision.md"
p = definiciones(
    PAGINA,
    "limites",
    "representables",
    "redondear",
    "redondear_azar",
    "errores",
    "suma_pares",
    "suma_kahan",
    "suma_neumaier",
    "log_suma_exp",
    "FORMATOS",
)
TIPOS = {
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float8_e5m2": ml_dtypes.float8_e5m2,
}


@pytest.mark.parametrize("nombre", TIPOS)
def test_los_limites_son_los_del_tipo(nombre):
    tipo = ml_dtypes.finfo(TIPOS[nombre])
    reales = (tipo.eps, tipo.smallest_normal, tipo.max)
    assert p.limites(*p.FORMATOS[nombre]) == tuple(map(float, reales))


@pytest.mark.parametrize(
    ("bits", "tipo", "entero"),
    [
        ((5, 2), ml_dtypes.float8_e5m2, "uint8"),
        ((4, 3), ml_dtypes.float8_e4m3, "uint8"),
        ((8, 7), ml_dtypes.bfloat16, "uint16"),
    ],
)
def test_representables_son_todos_los_del_tipo(bits, tipo, entero):
    n = np.iinfo(entero).max // 2 + 1
    with np.errstate(invalid="ignore"):  # entre ellos hay NaN
        todos = np.arange(n).astype(entero).view(tipo).astype(float)
    np.testing.assert_array_equal(p.representables(*bits), todos[np.isfinite(todos)])


@given(st.floats(-1e4, 1e4), st.sampled_from(sorted(TIPOS)))
def test_redondear_es_el_redondeo_del_tipo(x, nombre):
    _, menor, _ = p.limites(*p.FORMATOS[nombre])
    assume(abs(x) >= menor or x == 0)  # fuera de los subnormales
    assert p.redondear(x, p.FORMATOS[nombre][1]) == float(TIPOS[nombre](x))


@given(st.integers(1, 2**11), st.integers(-6, 6), st.sampled_from([2, 7, 10, 23]))
def test_redondear_desempata_al_par(n, e, m):
    """En el punto medio entre dos representables, que NumPy rara vez sortea."""
    izquierdo = (2**m + n % 2**m) * 2.0**e
    medio = izquierdo + 2.0 ** (e - 1)
    par = izquierdo if n % 2 == 0 else izquierdo + 2.0**e
    assert p.redondear(medio, m) == par


@given(st.floats(1e-3, 1e3), st.sampled_from([2, 7, 10]), st.integers(0, 2**31))
def test_redondear_azar_elige_entre_los_dos_vecinos_sin_sesgo(x, m, semilla):
    rng = np.random.default_rng(semilla)
    valores = p.redondear_azar(np.full(4000, x), m, rng)
    hueco = 2.0 ** (math.frexp(x)[1] - 1 - m)
    assert len(set(valores)) <= 2 and np.all(np.abs(valores - x) < hueco)
    assert np.all(p.redondear(valores, m) == valores)
    assert abs(valores.mean() - x) < 5 * hueco / 2 / math.sqrt(4000)


@pytest.mark.parametrize("m, tipo", [(10, np.float16), (23, np.float32)])
def test_la_imitacion_suma_como_el_tipo_de_verdad(m, tipo):
    x, y = np.random.default_rng(1).uniform(size=(2, 4096, 10))
    suma = np.zeros(10, tipo)
    for a, b in zip(x.astype(tipo), y.astype(tipo), strict=True):
        suma = suma + a * b
    exacta = [math.fsum(v) for v in (x * y).T]
    esperado = np.mean(np.abs(suma.astype(float) - exacta) / exacta)
    medido = p.errores(x, y, lambda v: p.redondear(v, m))
    assert medido[4096] == pytest.approx(esperado, rel=1e-9)
    assert set(medido) == {4**i for i in range(1, 7)}


finitos = st.floats(-1e3, 1e3, width=32)


@given(arrays("float32", st.integers(1, 200), elements=finitos))
def test_las_sumas_cumplen_su_cota(x):
    exacta, absolutos = math.fsum(x), math.fsum(np.abs(x))
    u, minimo = 2.0**-24, 2.0**-140
    pasos = math.ceil(math.log2(len(x)))
    for suma, cota in [
        (p.suma_pares, pasos * u / (1 - pasos * u)),
        (p.suma_kahan, 2 * u + 16 * len(x) * u**2),
        (p.suma_neumaier, 2 * u + 16 * len(x) * u**2),
    ]:
        obtenida = suma(x)
        assert obtenida.dtype == np.float32
        assert abs(float(obtenida) - exacta) <= cota * absolutos + minimo


def test_kahan_pierde_lo_que_neumaier_guarda():
    x = np.array([1.0, 1e100, 1.0, -1e100])
    assert (p.suma_kahan(x), p.suma_neumaier(x)) == (0.0, 2.0)


@given(arrays(float, st.integers(1, 20), elements=st.floats(-1e6, 1e6)))
def test_log_suma_exp_es_la_de_scipy_y_no_avisa(z):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert p.log_suma_exp(z) == pytest.approx(logsumexp(z), rel=1e-14, abs=1e-14)


def test_el_reloj_del_patriot():
    """La cifra de la página, con aritmética exacta."""
    error = Fraction(1, 10) - Fraction(math.floor(Fraction(2**23, 10)), 2**23)
    assert round(float(3_600_000 * error), 4) == 0.3433


def test_numpy_arrastra_float16_por_columnas_y_no_en_un_vector():
    assert np.ones(10_000, "float16").sum() == 10_000
    assert np.ones((10_000, 2), "float16").sum(axis=0).tolist() == [2048, 2048]


@pytest.mark.marcos
def test_keras_con_tensorflow_arrastra_float16_por_columnas_en_la_cpu():
    import keras
    from keras import ops

    if keras.backend.backend() != "tensorflow":
        pytest.skip("la afirmación es del motor TensorFlow")
    with keras.device("cpu:0"):
        columnas = ops.sum(ops.ones((10_000, 2), dtype="float16"), axis=0)
        entero = ops.sum(ops.ones(10_000, dtype="float16"))
    assert ops.convert_to_numpy(columnas).tolist() == [2048, 2048]
    assert float(entero) == 10_000
