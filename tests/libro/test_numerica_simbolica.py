"""«Derivar con números y derivar con símbolos», contra referencias ajenas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from paginas import definiciones
from scipy.differentiate import derivative
from scipy.optimize import approx_fprime

PAGINA = "book/03-diferenciacion/numerica-simbolica.md"
p = definiciones(
    PAGINA,
    "hacia_delante",
    "centrada",
    "curva_de_error",
    "repartir",
    "coste",
    "retropropagar",
    "derivada_relu",
    "relu",
    "parciales_num",
    "error_relativo",
    "comprobar",
    "derivar",
    "evaluar",
    "operaciones",
    "distintas",
    "texto",
    "traducir",
    "paso_complejo",
    "OPERACIONES",
)
polinomios = arrays(float, 5, elements=st.floats(-2, 2)).map(np.polynomial.Polynomial)
semillas = st.integers(0, 2**32 - 1)


def red_al_azar(semilla):
    rng = np.random.default_rng(semilla)
    return rng.normal(size=26), rng.normal(size=(6, 3)), rng.normal(size=6)


# --- Diferencias ----------------------------------------------------------------------


@given(polinomios, st.floats(-2, 2), st.floats(1e-3, 0.5))
def test_el_truncamiento_es_el_de_taylor(f, x, h):
    """Restado el término principal, queda menos que la cota del resto siguiente."""
    entre = np.linspace(x - h, x + h, 201)
    tercera, cuarta = (np.abs(f.deriv(k)(entre)).max() for k in (3, 4))
    delante = p.hacia_delante(f, x, h) - f.deriv()(x) - h / 2 * f.deriv(2)(x)
    assert abs(delante) <= h**2 / 6 * tercera * 1.05 + 1e-9
    centrada = p.centrada(f, x, h) - f.deriv()(x) - h**2 / 6 * f.deriv(3)(x)
    assert abs(centrada) <= h**3 / 24 * cuarta + 1e-9


@given(polinomios, st.floats(-2, 2))
def test_la_centrada_y_la_compleja_son_la_de_scipy(f, x):
    def g(t):
        return np.sin(f(t) / 10) + np.exp(t / 4)

    exacta = derivative(g, x).df
    assert p.centrada(g, x, 1e-5) == pytest.approx(exacta, abs=1e-7)
    assert p.hacia_delante(g, x, 1e-7) == pytest.approx(exacta, abs=1e-4)
    assert p.paso_complejo(g, x) == pytest.approx(exacta, abs=1e-8)


def test_las_cifras_de_las_erratas():
    """Delante, con 1e-5, acierta cinco cifras; para dar 0,50 pide un paso de 0,094."""
    assert p.hacia_delante(math.sin, 1, 1e-5) == pytest.approx(0.5402980985, abs=1e-9)
    assert p.centrada(math.sin, 1, 1e-5) == pytest.approx(0.5403023058570, abs=1e-10)
    assert p.hacia_delante(math.sin, 1, 0.094) == pytest.approx(0.5, abs=1e-4)
    assert p.centrada(math.sin, 1, 0.058) == pytest.approx(0.54, abs=1e-4)


@pytest.mark.parametrize("tipo", ["float32", "float64"])
@pytest.mark.parametrize("metodo, raiz", [("hacia_delante", 2), ("centrada", 3)])
def test_el_fondo_de_la_v_y_sus_pendientes(tipo, metodo, raiz):
    eps = np.finfo(tipo).eps
    pasos = 2.0 ** -np.arange(24 if tipo == "float32" else 53)
    errores = p.curva_de_error(getattr(p, metodo), tipo, pasos)
    fondo = errores.argmin()
    assert 1 / 4 < pasos[fondo] / eps ** (1 / raiz) < 4
    derecha, izquierda = slice(2, fondo - 1), slice(fondo + 3, -3)
    for tramo, esperada in ((derecha, raiz - 1), (izquierda, -1)):
        pendiente, _ = np.polyfit(np.log(pasos[tramo]), np.log(errores[tramo]), 1)
        assert pendiente == pytest.approx(esperada, abs=0.15)


# --- La red ---------------------------------------------------------------------------


@given(semillas)
def test_el_gradiente_a_mano_es_el_de_scipy(semilla):
    theta, X, y = red_al_azar(semilla)
    a_mano = p.retropropagar(theta, X, y)
    numerico = approx_fprime(theta, p.coste, 1e-7, X, y)
    np.testing.assert_allclose(a_mano, numerico, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(
        p.parciales_num(lambda t: p.coste(t, X, y), theta), a_mano, atol=1e-6, rtol=1e-6
    )


@pytest.mark.marcos
@given(semillas, st.sampled_from(["tanh", "relu"]))
def test_coste_y_gradiente_son_los_de_torch(semilla, nombre):
    import torch

    theta, X, y = red_al_azar(semilla)
    W1, b1, w2, b2 = (torch.tensor(t, requires_grad=True) for t in p.repartir(theta))
    A = getattr(torch, nombre)(torch.tensor(X) @ W1 + b1)
    J = torch.nn.functional.mse_loss(A @ w2 + b2, torch.tensor(y))
    exactos = torch.autograd.grad(J, [W1, b1, w2, b2])
    opciones = {"activacion": p.relu, "derivada": p.derivada_relu}
    opciones = opciones if nombre == "relu" else {}
    obtenidos = p.repartir(p.retropropagar(theta, X, y, **opciones))
    activacion = opciones.get("activacion", np.tanh)
    assert p.coste(theta, X, y, activacion) == pytest.approx(J.item(), rel=1e-12)
    for obtenido, exacto in zip(obtenidos, exactos, strict=True):
        np.testing.assert_allclose(obtenido, exacto, rtol=1e-9, atol=1e-12)


@given(semillas)
def test_la_comprobacion_distingue(semilla):
    theta, X, y = red_al_azar(semilla)
    assert max(p.comprobar(theta, X, y)) < 1e-6
    errores = p.comprobar(theta, X, y, derivada=np.ones_like)
    assert max(errores[:2]) > 1e-4 and max(errores[2:]) < 1e-6
    theta[20:25] = 0  # w2 = 0: el fallo no se ve
    assert max(p.comprobar(theta, X, y, derivada=np.ones_like)[:2]) < 1e-7


def test_en_la_esquina_salta_la_alarma():
    theta, X, y = red_al_azar(3)
    X[0], theta[15:20] = 0, 0
    opciones = {"activacion": p.relu, "derivada": p.derivada_relu}
    assert max(p.comprobar(theta, X, y, 1e-5, **opciones)) > 1e-3
    theta[15:20] = 3e-6
    assert max(p.comprobar(theta, X, y, 1e-5, **opciones)) > 1e-3
    assert max(p.comprobar(theta, X, y, 1e-6, **opciones)) < 1e-6


@given(
    arrays(float, 4, elements=st.floats(-9, 9)),
    arrays(float, 4, elements=st.floats(-9, 9)),
)
def test_error_relativo(a, n):
    error = p.error_relativo(a, n)
    assert 0 <= error <= 1 + 1e-12
    assert error == p.error_relativo(n, a)
    assert p.error_relativo(a, a) == 0
    if np.linalg.norm(a) > 1e-3:
        assert p.error_relativo(a, -a) == pytest.approx(1)
        assert p.error_relativo(3 * a, a) == pytest.approx(0.5)


@given(arrays(float, 26, elements=st.floats(-9, 9)))
def test_repartir_no_pierde_nada(theta):
    trozos = p.repartir(theta)
    assert [t.shape for t in trozos] == [(3, 5), (5,), (5,), ()]
    np.testing.assert_array_equal(np.concatenate([t.ravel() for t in trozos]), theta)


# --- Símbolos -------------------------------------------------------------------------

hojas = st.sampled_from(["x", "w", 2, -1, 0, 1, 0.5])
expresiones = st.recursive(
    hojas,
    lambda e: st.one_of(
        st.tuples(st.sampled_from("+×"), e, e),
        st.tuples(st.sampled_from(["sen", "cos"]), e),
    ),
    max_leaves=8,
)


def en_sympy(e):
    import sympy

    if isinstance(e, tuple):
        partes = [en_sympy(u) for u in e[1:]]
        ops = {"+": sympy.Add, "×": sympy.Mul, "sen": sympy.sin, "cos": sympy.cos}
        return ops[e[0]](*partes)
    return sympy.Symbol(e) if isinstance(e, str) else sympy.sympify(e)


@pytest.mark.marcos  # SymPy viene con PyTorch
@given(expresiones, st.floats(-2, 2), st.floats(-2, 2), st.sampled_from("xw"))
def test_derivar_es_lo_de_sympy(e, x, w, variable):
    import sympy

    valores = {"x": x, "w": w}
    suya = sympy.diff(en_sympy(e), sympy.Symbol(variable)).subs(valores)
    assert p.evaluar(e, valores) == pytest.approx(
        float(en_sympy(e).subs(valores)), abs=1e-9
    )
    obtenida = p.evaluar(p.derivar(e, variable), valores)
    assert obtenida == pytest.approx(float(suya), rel=1e-9, abs=1e-9)


@given(expresiones, st.floats(-2, 2))
def test_derivar_es_lo_de_scipy(e, x):
    def funcion(t):
        f = np.vectorize(lambda u: float(p.evaluar(e, {"x": u, "w": 0.7})))
        return f(t)

    exacta = derivative(funcion, x, initial_step=0.05).df
    obtenida = p.evaluar(p.derivar(e, "x"), {"x": x, "w": 0.7})
    assert obtenida == pytest.approx(exacta, rel=1e-4, abs=1e-4)


def test_lo_que_no_sabe_lo_dice():
    with pytest.raises(ValueError, match="log"):
        p.derivar(("×", 2, ("log", "x")), "x")


@pytest.mark.marcos
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_las_operaciones_de_la_cadena_son_las_que_cuenta_sympy(n):
    import sympy

    cadena = "x"
    for _ in range(n):
        cadena = ("sen", cadena)
    suya = sympy.diff(en_sympy(cadena), sympy.Symbol("x"))
    assert p.operaciones(cadena) == sympy.count_ops(en_sympy(cadena)) == n
    assert p.operaciones(p.derivar(cadena, "x")) == sympy.count_ops(suya)


@pytest.mark.marcos
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_tambien_en_sympy_crece_el_bucle_y_compartir_lo_arregla(n):
    import sympy

    bucle = "x"
    for _ in range(n):
        bucle = ("×", bucle, ("sen", bucle))
    derivada = p.derivar(bucle, "x")
    suya = sympy.diff(en_sympy(bucle), sympy.Symbol("x"))
    trozos, (resto,) = sympy.cse(suya)
    compartida = sum(sympy.count_ops(t) for _, t in trozos) + sympy.count_ops(resto)
    assert len(p.distintas(derivada)) == 7 * n - 3 <= compartida
    assert p.operaciones(derivada) <= sympy.count_ops(suya)
    if n > 2:  # SymPy simplifica, pero tampoco evita las copias; su `cse`, sí
        assert sympy.count_ops(suya) > 3 * compartida
        assert p.operaciones(derivada) > 3 * len(p.distintas(derivada))


@given(expresiones.filter(lambda e: isinstance(e, tuple)), st.floats(-2, 2))
def test_traducir_conserva_el_valor(e, x):
    programa, v = [], {"x": x, "w": 0.3}
    esperado = p.evaluar(e, v)
    p.traducir(e, programa, {})
    for i, (op, *partes) in enumerate(programa):
        v[f"v{i}"] = p.OPERACIONES[op](*(v.get(t, t) for t in partes))
    assert v[f"v{len(programa) - 1}"] == esperado
    assert len(programa) == len(p.distintas(e)) <= p.operaciones(e)


@pytest.mark.marcos
@given(expresiones)
def test_texto_se_puede_volver_a_leer(e):
    import sympy

    escrito = p.texto(e).replace("·", "*").replace("sen", "sin")
    leido = sympy.sympify(escrito, locals={c: sympy.Symbol(c) for c in "xw"})
    diferencia = (leido - en_sympy(e)).subs({"x": 0.37, "w": -1.21})
    assert abs(float(diferencia)) < 1e-9


# --- Los marcos -----------------------------------------------------------------------


@pytest.mark.marcos
@given(semillas)
def test_la_red_de_jax(semilla):
    import jax
    import jax.numpy as jnp

    coste_jx = definiciones(PAGINA, "coste_jx").coste_jx
    theta, X, y = red_al_azar(semilla)
    parametros = [jnp.asarray(t) for t in p.repartir(theta)]
    J, obtenidos = jax.value_and_grad(coste_jx)(parametros, X, y)
    assert float(J) == pytest.approx(p.coste(theta, X, y), rel=1e-4)
    exactos = p.repartir(p.retropropagar(theta, X, y))
    for obtenido, exacto in zip(obtenidos, exactos, strict=True):
        np.testing.assert_allclose(obtenido, exacto, rtol=2e-3, atol=2e-3)
