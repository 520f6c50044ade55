"""«Inteligencia artificial que no aprende»: contra SciPy y a fuerza bruta."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from paginas import definiciones
from scipy.sparse import lil_array
from scipy.sparse.csgraph import dijkstra

PAGINA = "book/01-introduccion/ia-sin-aprender.md"
p = definiciones(
    PAGINA,
    "contraejemplo",
    "anchura",
    "cruces",
    "encadenar",
    "explicar",
    "a_estrella",
    "minimax",
    "RED",
    "preguntar",
    "actualizar",
    "mes",
    "demostrar",
    "sin_variables",
)
semillas = st.integers(0, 2**31)
CRUZ = [(0, 1), (1, 0), (0, -1), (-1, 0)]
REY = [salto for salto in product((-1, 0, 1), repeat=2) if any(salto)]


# Lógica y planes


@given(st.integers(1, 4), st.integers(0, 3), semillas)
def test_el_contraejemplo_es_una_fila_de_la_tabla(n, cuantas, semilla):
    filas = list(product([True, False], repeat=n))
    tablas = np.random.default_rng(semilla).random((cuantas + 1, len(filas))) < 0.7
    leidas = [dict(zip(filas, tabla, strict=True)) for tabla in tablas]
    *premisas, conclusion = [lambda *v, t=leida: t[v] for leida in leidas]
    malas = tablas[:-1].all(axis=0) & ~tablas[-1]
    hallado = p.contraejemplo(premisas, conclusion, n)
    if malas.any():
        assert hallado in [f for f, mala in zip(filas, malas, strict=True) if mala]
    else:
        assert hallado is None


@given(st.integers(2, 12), st.floats(0.05, 0.5), semillas)
def test_la_anchura_da_un_camino_de_los_mas_cortos(n, densidad, semilla):
    grafo = nx.gnp_random_graph(n, densidad, seed=semilla, directed=True)
    camino, vistos = p.anchura(0, n - 1, grafo.successors)
    assert 1 <= vistos <= n
    if nx.has_path(grafo, 0, n - 1):
        assert nx.is_path(grafo, camino) and (camino[0], camino[-1]) == (0, n - 1)
        assert len(camino) - 1 == nx.shortest_path_length(grafo, 0, n - 1)
    else:
        assert camino == []


def test_el_granjero_cruza_como_dice_el_acertijo():
    def permitido(estado):
        granjero, lobo, cabra, col = estado
        return not (lobo == cabra != granjero or cabra == col != granjero)

    for antes in filter(permitido, product((0, 1), repeat=4)):
        esperados = set()
        for despues in filter(permitido, product((0, 1), repeat=4)):
            cambian = [i for i in range(4) if antes[i] != despues[i]]
            juntos = len({antes[i] for i in cambian}) == 1
            if 0 in cambian and len(cambian) <= 2 and juntos:
                esperados.add(despues)
        assert set(p.cruces(antes)) == esperados


# Reglas


def reglas_al_azar(semilla, letras="abcdef"):
    rng = np.random.default_rng(semilla)
    reglas = []
    for _ in range(rng.integers(0, 9)):
        premisas = rng.choice(list(letras), size=rng.integers(1, 4), replace=False)
        reglas.append((tuple(premisas.tolist()), str(rng.choice(list(letras)))))
    hechos = [letra for letra in letras if rng.random() < 0.3]
    return reglas, hechos


@given(semillas)
def test_encadenar_da_el_menor_conjunto_cerrado(semilla):
    reglas, hechos = reglas_al_azar(semilla)
    letras, cerrados = "abcdef", []
    for cuantas in range(len(letras) + 1):
        for conjunto in map(set, combinations(letras, cuantas)):
            if set(hechos) <= conjunto and all(
                conclusion in conjunto or not set(premisas) <= conjunto
                for premisas, conclusion in reglas
            ):
                cerrados.append(conjunto)
    deducido = p.encadenar(reglas, hechos)
    assert set(deducido) == set.intersection(*cerrados)
    assert set(p.encadenar(reglas[::-1], hechos)) == set(deducido)
    for hecho, premisas in deducido.items():
        assert premisas is None if hecho in hechos else (premisas, hecho) in reglas


@given(semillas)
def test_toda_explicacion_acaba_en_lo_observado(semilla):
    reglas, hechos = reglas_al_azar(semilla)
    porque = p.encadenar(reglas, hechos)
    orden = list(porque)  # cada premisa se dedujo antes que su conclusión: sin círculos
    for hecho, premisas in porque.items():
        assert all(orden.index(q) < orden.index(hecho) for q in premisas or ())


def test_explicar_sangra_las_premisas(capsys):
    p.explicar("c", p.encadenar([(("a", "b"), "c")], ["a", "b"]))
    esperado = "c, porque:\n   a  (observado)\n   b  (observado)\n"
    assert capsys.readouterr().out == esperado


@given(semillas)
def test_hacia_atras_coincide_con_hacia_delante_sin_circulos(semilla):
    reglas, hechos = reglas_al_azar(semilla)
    reglas = [(ps, c) for ps, c in reglas if all(premisa < c for premisa in ps)]
    delante = p.encadenar(reglas, hechos)
    for letra in "abcdef":
        assert p.demostrar(letra, reglas, hechos) == (letra in delante)


@given(st.integers(2, 5), semillas)
def test_las_reglas_con_variables_dan_la_clausura_transitiva(n, semilla):
    nombres = [f"n{i}" for i in range(n)]
    pares = np.random.default_rng(semilla).random((n, n)) < 0.3
    hechos = [("r", nombres[i], nombres[j]) for i, j in np.argwhere(pares)]
    base = [("r", "X", "Y")], ("s", "X", "Y")
    paso = [("r", "X", "Y"), ("s", "Y", "Z")], ("s", "X", "Z")
    versiones = [v for r in (base, paso) for v in p.sin_variables(*r, nombres)]
    assert len(versiones) == n**2 + n**3
    deducido = {h[1:] for h in p.encadenar(versiones, hechos) if h[0] == "s"}
    alcanza = np.linalg.matrix_power(np.eye(n, dtype=int) + pares, n)  # en n pasos
    esperado = pares @ alcanza > 0
    assert deducido == {(nombres[i], nombres[j]) for i, j in np.argwhere(esperado)}


# Búsqueda


def rejilla(semilla, alto, ancho, saltos):
    """Vecinos y matriz de costes de una rejilla con muros y barro; 0 es un muro."""
    terreno = np.random.default_rng(semilla).choice([0, 1, 4], size=(alto, ancho))
    terreno[0, 0] = terreno[-1, -1] = 1
    costes = lil_array((alto * ancho, alto * ancho))
    vecinos = {n: [] for n in product(range(alto), range(ancho))}
    for (f, c), lista in vecinos.items():
        for df, dc in saltos:
            otro = f + df, c + dc
            if otro in vecinos and terreno[f, c] and terreno[otro]:
                lista.append((otro, int(terreno[otro])))
                costes[f * ancho + c, otro[0] * ancho + otro[1]] = terreno[otro]
    return vecinos.__getitem__, costes.tocsr()


def gasto(camino, vecinos):
    return sum(dict(vecinos(a))[b] for a, b in pairwise(camino))


@given(semillas, st.integers(2, 7), st.integers(2, 7), st.sampled_from([CRUZ, REY]))
def test_a_estrella_halla_el_optimo_de_scipy(semilla, alto, ancho, saltos):
    vecinos, costes = rejilla(semilla, alto, ancho, saltos)
    desde = dijkstra(costes, indices=0)  # (casillas,), del inicio a cada una
    optimo, fin = desde[-1], (alto - 1, ancho - 1)

    def optimista(n):
        resto = fin[0] - n[0], fin[1] - n[1]
        return sum(resto) if saltos is CRUZ else max(resto)

    for h in (lambda n: 0, optimista):
        camino, coste, vistos = p.a_estrella(vecinos, (0, 0), fin, h)
        assert coste == optimo
        assert len(set(vistos)) == len(vistos)  # con estas heurísticas no se repite
        assert all(desde[n[0] * ancho + n[1]] + h(n) <= optimo for n in vistos)
        if camino:
            assert camino[0] == (0, 0) and camino[-1] == fin
            assert gasto(camino, vecinos) == coste
        else:
            assert np.isinf(optimo)


@given(semillas, st.integers(2, 10))
def test_a_estrella_basta_con_que_no_exagere(semilla, n):
    rng = np.random.default_rng(semilla)
    costes = rng.integers(1, 20, size=(n, n)) * (rng.random((n, n)) < 0.5)
    falta = dijkstra(costes.T, indices=n - 1)  # de cada nodo al último
    cuanto = np.floor(rng.random(n) * np.where(np.isinf(falta), 9.0, falta + 1))

    def vecinos(i):
        return [(j, int(costes[i, j])) for j in np.flatnonzero(costes[i]).tolist()]

    camino, coste, _ = p.a_estrella(vecinos, 0, n - 1, lambda i: cuanto[i])
    assert coste == falta[0]
    assert gasto(camino, vecinos) == coste if camino else np.isinf(coste)


def test_a_estrella_vuelve_sobre_un_nodo_si_llega_mas_barato():
    grafo = {"s": [("a", 1), ("b", 3)], "a": [("b", 1)], "b": [("meta", 3)], "meta": []}
    h = {"s": 0, "a": 4, "b": 0, "meta": 0}  # admisible, pero incita a expandir b
    camino, coste, vistos = p.a_estrella(grafo.get, "s", "meta", h.get)
    assert (camino, coste) == (["s", "a", "b", "meta"], 5)
    assert vistos == ["s", "b", "a", "b", "meta"]


@given(semillas, st.integers(2, 7), st.integers(2, 7), st.integers(2, 5))
def test_exagerar_w_veces_empeora_como_mucho_w_veces(semilla, alto, ancho, w):
    vecinos, costes = rejilla(semilla, alto, ancho, CRUZ)
    optimo = dijkstra(costes, indices=0)[-1]
    fin = alto - 1, ancho - 1
    _, coste, _ = p.a_estrella(
        vecinos, (0, 0), fin, lambda n: w * (fin[0] - n[0] + fin[1] - n[1])
    )
    assert optimo <= coste <= w * optimo


# Juegos


def ganan(casillas):
    filas = [{3 * i, 3 * i + 1, 3 * i + 2} for i in range(3)]
    columnas = [{i, i + 3, i + 6} for i in range(3)]
    return any(linea <= casillas for linea in [*filas, *columnas, {0, 4, 8}, {2, 4, 6}])


def valor_de_referencia(mueve, otro):
    """Minimax con conjuntos de casillas, sin nada de lo que hace la página."""
    if ganan(otro):
        return -1, 1
    libres = set(range(9)) - mueve - otro
    if not libres:
        return 0, 1
    hijos = [valor_de_referencia(otro, mueve | {i}) for i in libres]
    return max(-v for v, _ in hijos), 1 + sum(n for _, n in hijos)


@settings(max_examples=25)
@given(st.permutations(range(9)), st.integers(2, 9), st.permutations(range(9)))
def test_la_poda_no_cambia_el_valor(partida, jugadas, orden):
    equis, circulos = set(), set()
    for turno, casilla in enumerate(partida[:jugadas]):
        if ganan(equis) or ganan(circulos):
            break
        (equis if turno % 2 == 0 else circulos).add(casilla)
    mueve, otro = sorted((equis, circulos), key=len)
    if len(equis) == len(circulos):
        mueve, otro = equis, circulos
    yo, rival = (sum(1 << i for i in fichas) for fichas in (mueve, otro))
    valor, nodos = valor_de_referencia(mueve, otro)
    assert p.minimax(yo, rival, podar=False, orden=orden) == (valor, nodos)
    con_poda = p.minimax(yo, rival, orden=orden)
    assert con_poda[0] == valor and con_poda[1] <= nodos


def test_el_arbol_entero_tiene_549946_nodos():
    assert p.minimax(0, 0, podar=False) == (0, 549_946)
    assert p.minimax(0, 0) == (0, 18_297)


# Probabilidad


@given(semillas, st.dictionaries(st.sampled_from("abcd"), st.integers(0, 1)))
def test_la_enumeracion_es_el_producto_de_las_tablas(semilla, observado):
    t = np.random.default_rng(semilla).uniform(0.05, 0.95, size=11)
    red = {
        "a": ((), {(): t[0]}),
        "b": (("a",), {(0,): t[1], (1,): t[2]}),
        "c": (("a",), {(0,): t[3], (1,): t[4]}),
        "d": (("b", "c"), dict(zip(product((0, 1), repeat=2), t[5:9], strict=True))),
    }
    uno = [np.array(t[0]), t[1:3], t[3:5], t[5:9].reshape(2, 2)]
    tablas = [np.stack([1 - q, q], axis=-1) for q in uno]
    conjunta = np.einsum("a,ab,ac,bcd->abcd", *tablas)
    corte = conjunta[
        tuple(slice(observado.get(v, 0), observado.get(v, 1) + 1) for v in "abcd")
    ]
    for eje, variable in enumerate("abcd"):
        if variable in observado:
            esperada = observado[variable]
        else:
            otros = tuple(i for i in range(4) if i != eje)
            esperada = corte.sum(axis=otros)[1] / corte.sum()
        np.testing.assert_allclose(p.preguntar(red, variable, observado), esperada)


def test_el_seismo_descarta_al_robo_solo_si_suena_la_alarma():
    def robo(**visto):
        return p.preguntar(p.RED, "robo", visto)

    assert robo(alarma=1, seísmo=1) < robo(alarma=1) / 10
    np.testing.assert_allclose(robo(seísmo=1), robo(), rtol=1e-12)


@given(semillas, st.integers(2, 4), st.integers(2, 3))
def test_la_creencia_es_el_teorema_de_bayes(semilla, estados, senales):
    rng = np.random.default_rng(semilla)
    creencia = rng.dirichlet(np.ones(estados))
    transicion = rng.dirichlet(
        np.ones(estados), size=estados
    )  # fila: de dónde se viene
    observacion = rng.dirichlet(np.ones(senales), size=estados)
    conjunta = np.zeros((estados, estados, senales))
    for s, s2, o in np.ndindex(conjunta.shape):
        conjunta[s, s2, o] = creencia[s] * transicion[s, s2] * observacion[s2, o]
    for o in range(senales):
        nueva = p.actualizar(creencia, o, transicion, observacion)
        esperada = conjunta[:, :, o].sum(axis=0) / conjunta[:, :, o].sum()
        np.testing.assert_allclose(nueva, esperada, atol=1e-12)


# Fraude


@given(semillas, st.integers(0, 80), st.integers(0, 150))
def test_el_mes_tiene_los_fraudes_que_dice(semilla, imposibles, enganosas):
    X, fraude = p.mes(np.random.default_rng(semilla), imposibles, enganosas)
    rapidas = X[:, 2] > np.log1p(1000)
    assert X.shape == (4080 + imposibles, 3)
    assert fraude.sum() == 80 + imposibles
    assert (rapidas & fraude).sum() == imposibles
    assert (rapidas & ~fraude).sum() == enganosas
